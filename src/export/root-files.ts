import { TareError } from "../base/index.ts";
import { type Bytes, buildTree, type Entry, type Tree, type TreeNode } from "../tree/index.ts";
import type { ExportImage } from "./types.ts";

/** The root file system that a container of the image would see. */
export interface RootFiles {
  readonly tree: Tree;
  /** A file's content, from the layer that it is from. */
  read(node: TreeNode): Bytes;
  /** The node's entry with its time clamped. */
  entryOf(node: TreeNode): Entry;
}

/** Merges the layers of an image. */
export async function openRootFiles(
  image: ExportImage,
  { sourceDateEpoch = Number.POSITIVE_INFINITY }: { readonly sourceDateEpoch?: number },
): Promise<RootFiles> {
  const indexes = await Promise.all(image.layers.map((layer) => layer.index()));
  return {
    tree: buildTree(indexes),
    read: ({ entry, layer }) => {
      const owner = image.layers[layer];
      if (!owner) throw new TareError("internal-bug", `the file ${entry.path} belongs to no layer`);
      return owner.read(entry);
    },
    entryOf: ({ entry }) => (entry.mtime > sourceDateEpoch ? { ...entry, mtime: sourceDateEpoch } : entry),
  };
}

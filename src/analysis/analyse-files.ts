import { buildTree, type Tree, type TreeNode, walkTree } from "../tree/index.ts";
import type { LayerContent } from "./analysed-image.ts";
import { lookAtContents } from "./contents.ts";
import { disguisedTools } from "./disguised.ts";
import { findDuplicates } from "./duplicates.ts";
import { fileRows } from "./file-rows.ts";
import { hiddenFiles } from "./hidden-files.ts";
import { compressedSizes, layerRows } from "./layer-rows.ts";
import { findOwners } from "./owners.ts";
import { lookAtPackages } from "./package-rows.ts";
import { secretFiles } from "./secrets.ts";
import { findTools } from "./tools.ts";
import { totalsOf } from "./totals.ts";
import type { FileAnalysis } from "./types.ts";
import { usersOf } from "./users.ts";

/** A merged image with a way to its bytes. */
export interface ImageContent {
  readonly layers: readonly LayerContent[];
  readonly tree: Tree;
  /** All of the tree, in order. */
  readonly nodes: readonly TreeNode[];
  /** Bytes of a file of the tree, at once. */
  read(node: TreeNode, start: number, length: number): Uint8Array;
}

/**
 * Analyses the layers of an image, bottom first. Reads little of each file: beginnings, the tables of programs, package
 * records, and whole only files whose size another one has too and whose digest nobody knows. The same layers give the
 * same value. `integrity-store` when a file is not there.
 */
export async function analyseFiles(
  layers: readonly LayerContent[],
  signal: AbortSignal,
): Promise<FileAnalysis> {
  const image = contentOf(layers);
  const compressing = compressedSizes(image);
  // Thrown where it is awaited, if nothing else is before.
  compressing.catch(() => undefined);
  const found = await lookAtPackages(image, signal);
  const owners = findOwners(image, found.packages);
  const isPublic = ({ entry }: TreeNode) => owners.has(entry.path);
  const contents = await lookAtContents(image, { isPublic }, signal);
  const files = fileRows(image, { owners, programs: contents.programs });
  const hidden = hiddenFiles(image);
  const facts = {
    layers: layerRows(image, { hidden, compressed: await compressing }),
    files,
    packages: found.rows(files),
    ...(found.distribution && { distribution: found.distribution }),
    hidden,
    duplicates: findDuplicates(contents.digests),
    tools: [...findTools(image), ...disguisedTools(image, { programs: contents.programs, isPublic })],
    users: usersOf(image),
    secrets: secretFiles(image, { contents, hidden, isPublic }),
    secretScan: contents.secretScan,
  };
  return { ...facts, totals: totalsOf(facts) };
}

function contentOf(layers: readonly LayerContent[]): ImageContent {
  const tree = buildTree(layers.map(({ index }) => index));
  return {
    layers,
    tree,
    nodes: [...walkTree(tree)],
    read: (node, start, length) => layers[node.layer]?.read(node.entry, start, length) ?? new Uint8Array(0),
  };
}

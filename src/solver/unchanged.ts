import { digestOf } from "../base/index.ts";
import {
  type Bytes,
  type Entry,
  lookup,
  NO_CHILDREN,
  parentPath,
  sameFacts,
  type Tree,
  type TreeNode,
} from "../tree/index.ts";
import type { FileTree } from "./files.ts";

/** What a layer stands on, and where its own contents come from. */
interface Below extends Pick<FileTree, "digests"> {
  readonly tree: Tree;
  readonly read: (entry: Entry) => Bytes;
}

/**
 * The entries of a new layer without those that the file system below has exactly so, time and content included: as in
 * the reference, `COPY package.json .` and then `COPY . .` bring the file once. A file with several names stays whole.
 */
export async function withoutUnchanged(entries: readonly Entry[], below: Below): Promise<readonly Entry[]> {
  const { tree } = below;
  if (tree.root.children === NO_CHILDREN) return entries;
  const names = new Set(entries.flatMap(({ kind, link }) => (kind === "hardlink" ? [link] : [])));
  const sameBelow = (entry: Entry): TreeNode | undefined => {
    const node = lookup(tree, entry.path, { followLast: false })?.node;
    return node?.entry.path === entry.path && sameFacts(entry, node.entry) ? node : undefined;
  };
  const unchanged = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === "dir" || entry.kind === "hardlink" || names.has(entry.path)) continue;
    const node = sameBelow(entry);
    if (!node || node.entry.mtime !== entry.mtime) continue;
    if (entry.kind !== "file" || (await hasContent(entry, node, below))) unchanged.add(entry.path);
  }
  if (unchanged.size === 0) return entries;
  // From the last to the first: of a directory it is known by then whether anything in it stays.
  const filled = new Set<string>();
  const kept = entries.toReversed().filter((entry) => {
    const stays =
      entry.kind === "dir" ? filled.has(entry.path) || !sameBelow(entry) : !unchanged.has(entry.path);
    if (stays) filled.add(parentPath(entry.path));
    return stays;
  });
  return kept.reverse();
}

async function hasContent(entry: Entry, node: TreeNode, { digests, read }: Below): Promise<boolean> {
  const [known] = await digests([node]);
  return known === (entry.digest ?? (await digestOf(read(entry))));
}

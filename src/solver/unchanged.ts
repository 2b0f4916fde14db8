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
 * the reference, `COPY package.json .` and then `COPY . .` bring the file once. A file with several names stays whole, or goes with all of them.
 */
export async function withoutUnchanged(entries: readonly Entry[], below: Below): Promise<readonly Entry[]> {
  const { tree } = below;
  if (tree.root.children === NO_CHILDREN) return entries;
  const names = furtherNames(entries);
  const sameBelow = (entry: Entry): TreeNode | undefined => {
    const node = lookup(tree, entry.path, { followLast: false })?.node;
    return node?.entry.path === entry.path && sameFacts(entry, node.entry) ? node : undefined;
  };
  const isUnchanged = async (entry: Entry, path: string): Promise<boolean> => {
    const node = sameBelow({ ...entry, path });
    if (node?.entry.mtime !== entry.mtime) return false;
    return entry.kind !== "file" || hasContent(entry, node, below);
  };
  const unchanged = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === "dir" || entry.kind === "hardlink") continue;
    const paths = [entry.path, ...(names.get(entry.path) ?? [])];
    if (await every(paths, (path) => isUnchanged(entry, path))) for (const path of paths) unchanged.add(path);
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

/** The names of files besides their first ones, by those. */
function furtherNames(entries: readonly Entry[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { kind, link, path } of entries) {
    if (kind !== "hardlink" || link === undefined) continue;
    const known = names.get(link);
    if (known) known.push(path);
    else names.set(link, [path]);
  }
  return names;
}

async function every(paths: readonly string[], test: (path: string) => Promise<boolean>): Promise<boolean> {
  for (const path of paths) if (!(await test(path))) return false;
  return true;
}

async function hasContent(entry: Entry, node: TreeNode, { digests, read }: Below): Promise<boolean> {
  const [known] = await digests([node]);
  return known === (entry.digest ?? (await digestOf(read(entry))));
}

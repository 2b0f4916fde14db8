import { comparePaths, type TreeNode } from "../tree/index.ts";
import type { Duplicate } from "./types.ts";

/** Files that have the same content, those first that waste the most bytes; `digests` has each file once. */
export function findDuplicates(digests: ReadonlyMap<TreeNode, string>): readonly Duplicate[] {
  const groups = new Map<string, TreeNode[]>();
  for (const [node, digest] of digests) {
    const group = groups.get(digest);
    if (group) group.push(node);
    else groups.set(digest, [node]);
  }
  return [...groups.values()]
    .filter((nodes) => nodes.length > 1)
    .map((nodes) => ({
      size: (nodes[0] as TreeNode).entry.size,
      paths: nodes.map(({ entry }) => entry.path),
    }))
    .sort((a, b) => wastedBy(b) - wastedBy(a) || comparePaths(a.paths[0] as string, b.paths[0] as string));
}

/** Bytes that one copy would save. */
export function wastedBy({ size, paths }: Duplicate): number {
  return size * (paths.length - 1);
}

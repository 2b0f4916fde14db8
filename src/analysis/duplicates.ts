import { setImmediate } from "node:timers/promises";
import { createHasher, throwIfCancelled } from "../base/index.ts";
import { comparePaths, type TreeNode } from "../tree/index.ts";
import type { ImageContent } from "./analyse-files.ts";
import type { Duplicate } from "./types.ts";

/**
 * Files of the merged tree that have the same content, those first that waste the most bytes. Several names of one file
 * are one file, empty files are none.
 */
export async function findDuplicates(
  image: ImageContent,
  signal: AbortSignal,
): Promise<readonly Duplicate[]> {
  const bySize = groupBy(distinctFiles(image.nodes), ({ entry }) => entry.size);
  const found: Duplicate[] = [];
  for (const [size, nodes] of bySize) {
    if (nodes.length < 2) continue;
    const digests = new Map<TreeNode, string>();
    for (const node of nodes) {
      if (node.entry.digest === undefined) await setImmediate();
      throwIfCancelled(signal);
      digests.set(node, node.entry.digest ?? digestOf(image, node));
    }
    for (const same of groupBy(nodes, (node) => digests.get(node)).values())
      if (same.length > 1) found.push({ size, paths: same.map(({ entry }) => entry.path) });
  }
  return found.sort(
    (a, b) => wastedBy(b) - wastedBy(a) || comparePaths(a.paths[0] as string, b.paths[0] as string),
  );
}

/** Bytes that one copy would save. */
export function wastedBy({ size, paths }: Duplicate): number {
  return size * (paths.length - 1);
}

function distinctFiles(nodes: readonly TreeNode[]): readonly TreeNode[] {
  const seen = new Set<string>();
  return nodes.filter(({ entry, inode }) => {
    if (entry.kind !== "file" || entry.size === 0 || (inode !== undefined && seen.has(inode))) return false;
    if (inode !== undefined) seen.add(inode);
    return true;
  });
}

const CHUNK = 1024 * 1024;

function digestOf(image: ImageContent, node: TreeNode): string {
  const hasher = createHasher();
  for (let at = 0; at < node.entry.size; at += CHUNK) hasher.update(image.read(node, at, CHUNK));
  return hasher.digest();
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

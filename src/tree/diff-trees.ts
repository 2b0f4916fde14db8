import type { Entry } from "./entry.ts";
import { comparePaths } from "./path.ts";
import type { Tree, TreeNode } from "./tree.ts";
import { walkTree } from "./walk.ts";

/** A path that differs between two trees. Times are not compared: a build makes them anew. */
export interface TreeChange {
  readonly path: string;
  /** Absent of what is only in the second tree. */
  readonly before?: TreeNode;
  /** Absent of what is only in the first tree. */
  readonly after?: TreeNode;
  /** Of what is in both, in what it differs; nothing when only the contents are still to be compared. */
  readonly differs: readonly Difference[];
}

export type Difference = "type" | "content" | "mode" | "owner" | "link" | "device" | "attributes";

/**
 * How the second tree differs from the first, in the order of the paths. A directory that is gone is one change, one that
 * is new is one for each path in it. Files of one size whose contents nobody has digested on both sides are told without
 * a difference. What the trees share is not looked at.
 */
export function diffTrees(before: Tree, after: Tree): readonly TreeChange[] {
  const changes: TreeChange[] = [];
  compareNodes(before.root, after.root, changes);
  return changes;
}

function compareNodes(before: TreeNode, after: TreeNode, changes: TreeChange[]): void {
  if (before === after) return;
  const { path } = after.entry;
  const differs = differences(before.entry, after.entry);
  const isDirectory = before.children !== undefined && after.children !== undefined;
  if (differs.length > 0 || (!isDirectory && isUndecided(before.entry, after.entry)))
    changes.push({ path, before, after, differs });
  if (isDirectory) compareChildren(before, after, changes);
  // One of them is a directory and the other is not.
  else if (after.children) for (const child of after.children.values()) addAll(child, changes);
}

function compareChildren(before: TreeNode, after: TreeNode, changes: TreeChange[]): void {
  const [old, now] = [before.children ?? new Map(), after.children ?? new Map()];
  if (old === now) return;
  const names = [...new Set([...old.keys(), ...now.keys()])].sort(comparePaths);
  for (const name of names) {
    const [was, is] = [old.get(name), now.get(name)];
    if (was && is) compareNodes(was, is, changes);
    else if (was) changes.push({ path: was.entry.path, before: was, differs: [] });
    else if (is) addAll(is, changes);
  }
}

function addAll(node: TreeNode, changes: TreeChange[]): void {
  for (const after of walkTree(node)) changes.push({ path: after.entry.path, after, differs: [] });
}

function differences(before: Entry, after: Entry): readonly Difference[] {
  if (before.kind !== after.kind) return ["type"];
  const found: readonly (readonly [Difference, boolean])[] = [
    ["content", before.size !== after.size || (hasDigests(before, after) && before.digest !== after.digest)],
    ["mode", before.mode !== after.mode],
    ["owner", before.uid !== after.uid || before.gid !== after.gid],
    ["link", before.link !== after.link],
    ["device", before.device?.major !== after.device?.major || before.device?.minor !== after.device?.minor],
    ["attributes", !sameAttributes(before.xattrs ?? {}, after.xattrs ?? {})],
  ];
  return found.filter(([, differs]) => differs).map(([what]) => what);
}

function hasDigests(before: Entry, after: Entry): boolean {
  return before.digest !== undefined && after.digest !== undefined;
}

/** Whether only reading the files tells if they are the same. */
function isUndecided(before: Entry, after: Entry): boolean {
  return before.kind === "file" && before.size > 0 && !hasDigests(before, after);
}

type Attributes = NonNullable<Entry["xattrs"]>;

function sameAttributes(before: Attributes, after: Attributes): boolean {
  const names = Object.keys(before);
  return (
    names.length === Object.keys(after).length &&
    names.every(
      (name) =>
        Object.hasOwn(after, name) &&
        Buffer.compare(before[name] as Uint8Array, after[name] as Uint8Array) === 0,
    )
  );
}

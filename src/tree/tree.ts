import type { Entry } from "./entry.ts";

/** A file system as layers add up to it. Immutable; trees that come from one another share what is equal. */
export interface Tree {
  readonly root: TreeNode;
}

/** One path of a merged tree. */
export interface TreeNode {
  /** With the full path in the tree. Never a hard link, whiteout or opaque mark: those are resolved. */
  readonly entry: Entry;
  /** Number of the layer that the entry is from; -1 of the root that nobody has described. */
  readonly layer: number;
  /** Of a directory, and only of one: what is in it by name, in the order of `comparePaths`. */
  readonly children?: ReadonlyMap<string, TreeNode> | undefined;
  /** Set when the file has several names in its layer: the same text for each of them, and for no other file. */
  readonly inode?: string | undefined;
}

/** The map of every directory with nothing in it. */
export const NO_CHILDREN: ReadonlyMap<string, TreeNode> = new Map();

/** The tree with nothing in it but its root. */
export const emptyTree: Tree = {
  root: { entry: impliedDirectory(""), layer: -1, children: NO_CHILDREN },
};

/** A directory that has to be there although nobody has said how: root's, 0755, of 1970. */
export function impliedDirectory(path: string): Entry {
  return { path, kind: "dir", mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };
}

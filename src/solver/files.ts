import type { Digest } from "../base/index.ts";
import type { Bytes, Tree, TreeNode } from "../tree/index.ts";

/** Files that a copy can take from, wherever they are: a build context, a stage, an image. */
export interface FileTree {
  /** For messages: `the build context`, `stage build`. */
  readonly title: string;
  tree(): Promise<Tree>;
  read(node: TreeNode): Bytes;
  /** Content digests of regular files, in their order; remembered where that is possible. */
  digests(nodes: readonly TreeNode[]): Promise<readonly Digest[]>;
}

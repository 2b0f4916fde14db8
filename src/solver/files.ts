import type { Digest } from "../base/index.ts";
import type { Bytes, Tree, TreeNode } from "../tree/index.ts";

/** Files that a copy can take from, wherever they are: a build context, a stage, an image. */
export interface FileTree {
  /** For messages: `the build context`, `stage build`. */
  readonly title: string;
  tree(): Promise<Tree>;
  /**
   * Where some layers are still elsewhere: lets `read` have a tree of those that are here, and fetches one more from above
   * as long as it asks for what only lower ones can tell. It may be called several times, so it changes nothing outside.
   */
  look?<T>(read: (tree: Tree) => T | Promise<T>): Promise<T>;
  read(node: TreeNode): Bytes;
  /** Where some layers are still elsewhere: has these files at hand until disposed, in few requests. */
  bring?(nodes: readonly TreeNode[]): Promise<AsyncDisposable>;
  /** Content digests of regular files, in their order; remembered where that is possible. */
  digests(nodes: readonly TreeNode[]): Promise<readonly Digest[]>;
}

/** Has files of several places at hand, until disposed; when one fails, nothing is left of the others. */
export async function bringAll(
  places: readonly (() => Promise<AsyncDisposable> | undefined)[],
): Promise<AsyncDisposable> {
  const brought: AsyncDisposable[] = [];
  const drop = async () => {
    for (const files of brought) await files[Symbol.asyncDispose]();
  };
  try {
    for (const bring of places) {
      const files = await bring();
      if (files) brought.push(files);
    }
  } catch (error) {
    await drop();
    throw error;
  }
  return { [Symbol.asyncDispose]: drop };
}

/** Reads a tree as far as it is needed. */
export async function lookInto<T>(files: FileTree, read: (tree: Tree) => T | Promise<T>): Promise<T> {
  return files.look ? files.look(read) : read(await files.tree());
}

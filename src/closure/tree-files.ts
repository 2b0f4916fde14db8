import { TareError } from "../base/index.ts";
import { type Found, lookup, type Tree, type TreeNode } from "../tree/index.ts";

/** Files of a tree by the paths that programs use for them; folders are looked up once. */
export interface TreeFiles {
  /** What a path leads to, links followed; undefined when there is nothing, or links lead round in a circle. */
  at(path: string): Found | undefined;
  /** A regular file in a folder, and where the folder really is. */
  inFolder(folder: string, name: string): FoundFile | undefined;
}

export interface FoundFile {
  /** Where the file really is. */
  readonly path: string;
  readonly node: TreeNode;
  /** Where the folder really is in which it was found; the file itself may be a link to another one. */
  readonly folder: string;
}

export function treeFiles(tree: Tree): TreeFiles {
  const folders = new Map<string, Found | undefined>();
  const at = (path: string) => lookupQuietly(tree, path);
  return {
    at,
    inFolder: (folder, name) => {
      if (!folders.has(folder)) folders.set(folder, at(folder));
      const found = folders.get(folder);
      const child = found?.node.children?.get(name);
      if (!found || !child) return undefined;
      const file =
        child.entry.kind === "symlink" ? at(child.entry.path) : { path: child.entry.path, node: child };
      return file?.node.entry.kind === "file" ? { ...file, folder: found.path } : undefined;
    },
  };
}

function lookupQuietly(tree: Tree, path: string): Found | undefined {
  try {
    return lookup(tree, path);
  } catch (error) {
    if (error instanceof TareError && error.code === "user-context") return undefined;
    throw error;
  }
}

/** Whether anybody may start a file. */
export function isExecutable({ entry }: TreeNode): boolean {
  return entry.kind === "file" && (entry.mode & 0o111) !== 0;
}

import { baseName, parentPath } from "../tree/index.ts";
import type { AnalysedFile } from "./types.ts";

/** A folder with all that is below it. */
export interface FolderSize {
  readonly path: string;
  readonly name: string;
  /** Bytes of all files below it. */
  readonly size: number;
  /** Of what is directly in it. */
  readonly files: readonly AnalysedFile[];
  readonly folders: readonly FolderSize[];
}

/** The rows as the tree that they are, the root first; the order of the rows stays. */
export function folderTree(files: readonly AnalysedFile[]): FolderSize {
  const root = emptyFolder("");
  const folders = new Map<string, Draft>([["", root]]);
  for (const file of files) {
    if (file.path === "") continue;
    const parent = folders.get(parentPath(file.path)) ?? root;
    if (file.kind !== "dir") parent.files.push(file);
    else {
      const folder = emptyFolder(file.path);
      folders.set(file.path, folder);
      parent.folders.push(folder);
    }
  }
  // A folder stands before what is in it, so from the end every folder is complete when its parent takes it.
  for (const folder of [...folders.values()].reverse()) {
    folder.size += folder.files.reduce((sum, { size }) => sum + size, 0);
    if (folder !== root) (folders.get(parentPath(folder.path)) as Draft).size += folder.size;
  }
  return root;
}

interface Draft extends FolderSize {
  size: number;
  readonly files: AnalysedFile[];
  readonly folders: Draft[];
}

function emptyFolder(path: string): Draft {
  return { path, name: baseName(path), size: 0, files: [], folders: [] };
}

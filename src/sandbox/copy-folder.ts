import { execFile } from "node:child_process";
import { lstatSync, mkdirSync } from "node:fs";
import { promisify } from "node:util";
import { isSystemError, TareError } from "../base/index.ts";
import { insideRoot } from "./inside-root.ts";

/**
 * Copies a folder of a root file system, with owners, permissions, links and attributes (cp(1), `--archive`), to a path
 * where nothing is; an empty one where the root has no such folder.
 */
export async function copyFolder(
  { rootfs, path }: { readonly rootfs: string; readonly path: string },
  target: string,
): Promise<void> {
  const source = insideRoot(rootfs, path);
  if (source === undefined || !isFolder(source)) return mkdirSync(target, { mode: 0o755 });
  try {
    await promisify(execFile)("cp", ["-a", "--", source, target]);
  } catch (cause) {
    throw new TareError("environment-disk", `can not copy ${path} of the image into a volume`, {
      hint: "check that the disk has room, and that the user has a range of ids in /etc/subuid",
      cause,
    });
  }
}

function isFolder(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

import { constants } from "node:fs";
import { type FileHandle, link, lstat, lutimes, open, rmdir, symlink, unlink } from "node:fs/promises";
import {
  assertNever,
  decodeName,
  encodeName,
  isSystemError,
  mknod,
  setXattr,
  TareError,
} from "../base/index.ts";
import { type Bytes, baseName, type Entry } from "../tree/index.ts";
import { fileTime, type OpenDirectory } from "./open-directory.ts";

/** Why something of an entry is not in the folder. */
export type SkipReason = "device" | "attribute";

/**
 * Writes a file, symbolic link or pipe into an open directory, in place of what has its name there.
 * `user-conflict` when that is a directory with something in it.
 */
export async function writeNode(
  directory: OpenDirectory,
  { entry, read }: { readonly entry: Entry; readonly read: () => Bytes },
): Promise<SkipReason | undefined> {
  const path = directory.child(baseName(entry.path));
  switch (entry.kind) {
    case "file":
      await makeWay(path, entry.path);
      return writeFile(path, { entry, read });
    case "symlink": {
      await makeWay(path, entry.path);
      await symlink(encodeName(entry.link ?? ""), path);
      const time = fileTime(entry.mtime);
      await lutimes(path, time, time);
      return undefined;
    }
    case "fifo":
      await makeWay(path, entry.path);
      mknod(decodeName(path), constants.S_IFIFO | (entry.mode & 0o777), { major: 0, minor: 0 });
      return undefined;
    case "char":
    case "block":
      return "device";
    case "dir":
    case "hardlink":
    case "whiteout":
    case "opaque":
      throw new TareError("internal-bug", `a ${entry.kind} among the files of a merged tree: ${entry.path}`);
    default:
      return assertNever(entry.kind);
  }
}

/** Gives a file that is written already one more name. */
export async function writeLink(
  directory: OpenDirectory,
  { name, target }: { readonly name: string; readonly target: Buffer },
): Promise<void> {
  const path = directory.child(name);
  await makeWay(path, name);
  try {
    await link(target, path);
  } catch (error) {
    // The first name is missing when it is a device, which was left out.
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

async function makeWay(path: Buffer, name: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    if (!(await lstat(path)).isDirectory()) throw error;
    await removeEmpty(path, name);
  }
}

async function removeEmpty(path: Buffer, name: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (cause) {
    if (!isSystemError(cause, "ENOTEMPTY", "EEXIST")) throw cause;
    throw new TareError(
      "user-conflict",
      `the destination has a folder where the image has the file ${name}`,
      {
        hint: "remove the folder, or choose another destination",
        cause,
      },
    );
  }
}

async function writeFile(
  path: Buffer,
  { entry, read }: { readonly entry: Entry; readonly read: () => Bytes },
): Promise<SkipReason | undefined> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600);
  try {
    if (entry.size > 0) for await (const chunk of read()) await handle.writeFile(chunk);
    const skipped = writeXattrs(path, entry);
    await handle.chmod(await permissions(handle, entry));
    const time = fileTime(entry.mtime);
    await handle.utimes(time, time);
    return skipped;
  } finally {
    await handle.close();
  }
}

/**
 * A file that runs as its owner or group keeps that only when it belongs to the same one here: else it
 * would lend out the rights of whoever ran the export.
 */
async function permissions(handle: FileHandle, entry: Entry): Promise<number> {
  if ((entry.mode & 0o6000) === 0) return entry.mode;
  const { uid, gid } = await handle.stat();
  const user = entry.uid === uid ? entry.mode & 0o4000 : 0;
  const group = entry.gid === gid ? entry.mode & 0o2000 : 0;
  return (entry.mode & 0o1777) | user | group;
}

function writeXattrs(path: Buffer, { xattrs = {} }: Entry): SkipReason | undefined {
  let skipped: SkipReason | undefined;
  for (const [name, value] of Object.entries(xattrs)) {
    try {
      setXattr(decodeName(path), name, value);
    } catch (error) {
      if (!isSystemError(error, "EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "EINVAL")) throw error;
      skipped = "attribute";
    }
  }
  return skipped;
}

import { constants } from "node:fs";
import { chmod, type FileHandle, lstat, mkdir, open, unlink } from "node:fs/promises";
import { encodeName, isSystemError } from "../base/index.ts";
import { baseName, type Entry } from "../tree/index.ts";

/** A directory that is held open; names in it can not be bent by a symbolic link on the way to it. */
export interface OpenDirectory extends AsyncDisposable {
  readonly handle: FileHandle;
  /** A path for system calls; `name` may have several components where all but the last are ours. */
  child(name: string): Buffer;
}

/** The folder that everything goes into; this one may be reached through links, for the user named it. */
export async function openRoot(path: string): Promise<OpenDirectory> {
  return held(await open(path, constants.O_RDONLY | constants.O_DIRECTORY));
}

/**
 * Opens a directory in another one and makes it when it is missing. What else is there under its name,
 * such as a symbolic link, is removed. While it is filled its owner may do everything in it.
 */
export async function openDirectory(parent: OpenDirectory, entry: Entry): Promise<OpenDirectory> {
  const path = parent.child(baseName(entry.path));
  try {
    await mkdir(path, 0o700);
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
    if ((await lstat(path)).isDirectory()) await chmod(path, 0o700);
    else {
      await unlink(path);
      await mkdir(path, 0o700);
    }
  }
  return held(await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW));
}

/** Mode and time, to be set once nothing more is written into it. */
export async function finishDirectory({ handle }: OpenDirectory, entry: Entry): Promise<void> {
  await handle.chmod(entry.mode);
  const time = fileTime(entry.mtime);
  await handle.utimes(time, time);
}

/** A Date, because Node takes negative numbers for the present; clamped to what a Date can hold. */
export function fileTime(seconds: number): Date {
  const limit = 8.64e12;
  return new Date(Math.max(-limit, Math.min(limit, seconds)) * 1000);
}

function held(handle: FileHandle): OpenDirectory {
  const prefix = Buffer.from(`/proc/self/fd/${handle.fd}/`);
  return {
    handle,
    child: (name) => Buffer.concat([prefix, encodeName(name)]),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

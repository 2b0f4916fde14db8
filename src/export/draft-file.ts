import { existsSync } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  isSystemError,
  linkDescriptor,
  makeDirectories,
  O_TMPFILE,
  uniqueName,
  writeAll,
  writeBlocks,
} from "../base/index.ts";

/** A file on its way: what is in it can still be changed. */
export interface DraftFile {
  append(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Puts bytes in the place of others. */
  overwrite(bytes: Uint8Array, position: number): Promise<void>;
  clear(): Promise<void>;
}

/**
 * A file appears complete or not at all: it is written under another name beside it. Missing folders are made. Its
 * permissions are those that `umask` leaves, by default this process's own.
 */
export async function replaceFile(
  path: string,
  { write, umask }: { readonly write: (file: DraftFile) => Promise<void>; readonly umask?: number },
  signal: AbortSignal,
): Promise<void> {
  await makeDirectories(dirname(path), umask === undefined ? undefined : 0o777 & ~umask);
  const prefix = `.${basename(path).slice(0, 200)}.`;
  const draft = join(dirname(path), `${prefix}${uniqueName()}`);
  try {
    const unnamed = await openUnnamed(dirname(path));
    const handle = unnamed ?? (await open(draft, "wx", 0o666));
    try {
      if (umask !== undefined) await handle.chmod(0o666 & ~umask);
      await removeLeftovers(dirname(path), { prefix, now: (await handle.stat()).mtimeMs });
      // Not synced: a power cut may cost an output, which can be made again, and waiting for it costs every build.
      await write(draftFile(handle, signal));
      if (unnamed && nameAtOnce(unnamed, { path, draft })) return;
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** A file that has no name yet, so that nothing is left of one whose writer is killed; undefined where there are none. */
async function openUnnamed(folder: string): Promise<FileHandle | undefined> {
  try {
    return existsSync("/proc/self/fd") ? await open(folder, O_TMPFILE, 0o666) : undefined;
  } catch (error) {
    // EISDIR is what a kernel says that does not know it.
    if (isSystemError(error, "EOPNOTSUPP", "ENOTSUP", "EISDIR", "EINVAL")) return undefined;
    throw error;
  }
}

/** False when there is a file at `path`, which only a rename replaces: then the name is `draft`. */
function nameAtOnce(
  { fd }: FileHandle,
  { path, draft }: { readonly path: string; readonly draft: string },
): boolean {
  try {
    linkDescriptor(fd, path);
    return true;
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  }
  linkDescriptor(fd, draft);
  return false;
}

/**
 * Of file systems without files that have no name. A writer says something every few seconds at least: what nobody has
 * written to for an hour was left by one that was killed.
 */
const FORGOTTEN = 3_600_000;

async function removeLeftovers(
  folder: string,
  { prefix, now }: { readonly prefix: string; readonly now: number },
): Promise<void> {
  // What can not be seen or removed is not ours, nor worth a word.
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!name.startsWith(prefix) || !/^[0-9a-f]{26}$/.test(name.slice(prefix.length))) continue;
    const path = join(folder, name);
    const written = await stat(path).catch(() => undefined);
    if (written?.isFile() && now - written.mtimeMs > FORGOTTEN)
      await rm(path, { force: true }).catch(() => {});
  }
}

function draftFile(handle: FileHandle, signal: AbortSignal): DraftFile {
  let end = 0;
  return {
    append: async (bytes) => {
      end += await writeBlocks(handle, bytes, { position: end, signal });
    },
    overwrite: (bytes, position) => writeAll(handle, bytes, position),
    clear: async () => {
      await handle.truncate(0);
      end = 0;
    },
  };
}

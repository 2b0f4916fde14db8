import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { constants, type FileHandle, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isSystemError, TareError, throwIfCancelled } from "./errors.ts";

/** A name that nobody else uses: 26 characters, safe in file names, sorted by nothing. */
export function uniqueName(): string {
  return randomBytes(16).toString("hex").slice(0, 26);
}

/**
 * Writes a file so that it is there in full or not at all, even after a power cut: written to `tmp`
 * (on the same file system), synced, renamed into place. An existing file is replaced.
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  tmp: string,
  mode = 0o644,
): Promise<void> {
  const draft = join(tmp, uniqueName());
  try {
    const handle = await open(draft, "wx", mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw diskError(error, path);
  }
  await syncDirectory(dirname(path));
}

/** Where the unfinished file goes, on the same file system, and what decides by throwing whether it may be there. */
export interface StreamedFile {
  readonly drafts: string;
  readonly check: () => void;
  readonly signal: AbortSignal;
}

/**
 * Writes a stream to a file that is there in full or not at all. It is not synced: for caches, whose files are
 * checked when they are read. Rejects with the reason of `signal` when that is aborted.
 */
export async function writeStreamed(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  { drafts, check, signal }: StreamedFile,
): Promise<void> {
  const draft = join(drafts, `${uniqueName()}.part`);
  try {
    // Opened before anything is read: a stream that is destroyed while it opens its file makes it afterwards.
    const handle = await open(draft, "wx");
    await pipeline(chunks, handle.createWriteStream(), { signal });
    check();
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throwIfCancelled(signal);
    throw diskError(error, path);
  }
}

/** Makes a rename or creation in `path` durable. */
export async function syncDirectory(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    await handle.sync();
  } finally {
    await handle?.close();
  }
}

/** The bytes of a file, or undefined when there is none. */
export async function readIfExists(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/**
 * The bytes of a small file, or undefined when there is none. Read at once: handing a few hundred bytes
 * to a thread and back takes ten times as long as reading them, and an unchanged build does little else.
 */
export function readSmallIfExists(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** Makes a folder of the store and those above it; nothing when it is there. `environment-disk` when that can not be. */
export async function ensureDirectory(path: string, mode = 0o755): Promise<void> {
  try {
    await makeDirectories(path, mode);
  } catch (error) {
    if (isSystemError(error, "ENOENT"))
      throw new TareError("environment-disk", `can not make the folder ${path}`, {
        hint: "nothing can be made in the folder above it; choose another place",
        cause: error,
      });
    throw diskError(error, path);
  }
}

/**
 * Makes a folder and those above it; nothing when it is there. Rejects with the system's error, for who can say more of it.
 * Node's own way asks for ever where a folder is there and can have none, as in /proc. Asked twice: somebody else may
 * have made the folder above meanwhile.
 */
export async function makeDirectories(path: string, mode = 0o755, isSecond = false): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (isSystemError(error, "EEXIST") && (await isDirectory(path))) return;
    const above = dirname(path);
    if (!isSystemError(error, "ENOENT") || above === path || isSecond) throw error;
    if (!(await isDirectory(above))) await makeDirectories(above, mode);
    await makeDirectories(path, mode, true);
  }
}

async function isDirectory(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined);
  return facts?.isDirectory() ?? false;
}

/** A full or read-only disk as an error that says what to do; anything else as it is. */
export function diskError(error: unknown, path: string): unknown {
  if (isSystemError(error, "ENOSPC", "EDQUOT"))
    return new TareError("environment-disk", `no space left while writing ${path}`, {
      hint: "free space with `tare prune -a`, or set TARE_ROOT to a larger disk",
      cause: error,
    });
  if (isSystemError(error, "EROFS", "EACCES", "EPERM"))
    return new TareError("environment-disk", `can not write ${path}`, {
      hint: "check the owner and mode of the folder, or set TARE_ROOT to one that you can write",
      cause: error,
    });
  return error;
}

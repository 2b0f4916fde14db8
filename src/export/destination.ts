import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Writable } from "node:stream";
import {
  ensureDirectory,
  inBlocks,
  isSystemError,
  TareError,
  throwIfCancelled,
  uniqueName,
} from "../base/index.ts";

/**
 * Writes a stream to a path, or to `stdout` when the path is `-`. A file appears complete or not at all,
 * and a symbolic link to it stays one; pipes and devices are written to as they are. Missing parent
 * folders are made.
 */
export async function writeDestination(
  bytes: AsyncIterable<Uint8Array>,
  { dest = "-", stdout }: { readonly dest?: string; readonly stdout?: Writable },
  signal: AbortSignal,
): Promise<void> {
  if (dest === "-") return writeTo(stdout, bytes, signal);
  try {
    const existing = await statIfExists(dest);
    if (existing?.isDirectory())
      throw new TareError("user-conflict", `the destination ${dest} is a folder`, {
        hint: "give the name of a file, or add tar=false for a folder",
      });
    if (existing && !existing.isFile()) await writeInPlace(dest, bytes, signal);
    else await replaceFile(existing ? await realpath(dest) : dest, bytes, signal);
  } catch (error) {
    throw destinationError(error, dest);
  }
}

/** The folder that a request is about; standard output is none. */
export function folderOf({ type, dest }: { readonly type: string; readonly dest?: string }): string {
  if (dest !== undefined && dest !== "-") return dest;
  throw new TareError("user-bad-flag", `this output of type=${type} is a folder and needs dest=FOLDER`, {
    hint: `write -o type=${type},dest=out`,
  });
}

/** A destination that can not be written, as an error that says what to do; anything else as it is. */
export function destinationError(error: unknown, dest: string): unknown {
  if (isSystemError(error, "ENOSPC", "EDQUOT"))
    return new TareError("environment-disk", `no space left while writing ${dest}`, {
      hint: "free space there, or choose another destination",
      cause: error,
    });
  if (
    isSystemError(error, "EROFS", "EACCES", "EPERM", "ENOTDIR", "EEXIST", "EISDIR", "ENAMETOOLONG", "ELOOP")
  )
    return new TareError("environment-disk", `can not write ${dest}: ${error.message}`, {
      hint: "check the owner and mode of the folder that it is in, or choose another destination",
      cause: error,
    });
  return error;
}

async function writeTo(
  stdout: Writable | undefined,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  if (!stdout) throw new TareError("user-bad-flag", "there is no standard output to write to");
  // A closed pipe is also told as an event, which without a listener would end the process.
  const ignore = (): void => undefined;
  stdout.on("error", ignore);
  try {
    for await (const block of inBlocks(bytes)) {
      throwIfCancelled(signal);
      await writeBlock(stdout, block, signal);
    }
  } finally {
    stdout.off("error", ignore);
  }
}

/** Waits until the block is written, because its memory may be used again afterwards. */
async function writeBlock(stdout: Writable, block: Uint8Array, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = withResolvers();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    stdout.write(block, (error) => (error ? reject(error) : resolve()));
    await promise;
  } catch (cause) {
    throwIfCancelled(signal);
    throw new TareError("environment-disk", "standard output was closed before the output was complete", {
      hint: "check the program that reads it",
      cause,
    });
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function withResolvers(): {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
} {
  let resolve: () => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<void>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
}

async function statIfExists(path: string): Promise<Awaited<ReturnType<typeof stat>> | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

async function writeInPlace(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const handle = await open(path, "w");
  try {
    await copyInto(handle, bytes, signal);
  } finally {
    await handle.close();
  }
}

async function replaceFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  await ensureDirectory(dirname(path));
  const draft = join(dirname(path), `.${basename(path).slice(0, 200)}.${uniqueName()}`);
  try {
    const handle = await open(draft, "wx", 0o666);
    try {
      // Not synced: a power cut may cost an output, which can be made again, and waiting for it costs every build.
      await copyInto(handle, bytes, signal);
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function copyInto(
  handle: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  let writing = Promise.resolve();
  try {
    for await (const block of inBlocks(bytes)) {
      throwIfCancelled(signal);
      await writing;
      writing = writeSoon(handle, block);
    }
  } finally {
    // Nothing may still be written when the file is closed; who reads may have failed for another reason.
    await writing;
  }
}

/** A write that goes on while the next block is made; its failure is thrown where it is waited for. */
function writeSoon(handle: FileHandle, block: Uint8Array): Promise<void> {
  const writing = handle.writeFile(block);
  writing.catch(() => undefined);
  return writing;
}

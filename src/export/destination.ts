import { open, realpath, stat } from "node:fs/promises";
import type { Writable } from "node:stream";
import { defined, inBlocks, isSystemError, TareError, throwIfCancelled, writeBlocks } from "../base/index.ts";
import { type DraftFile, replaceFile } from "./draft-file.ts";
import type { ExportRequest } from "./types.ts";

/** A path, and what nobody else may do with what is made there. */
export type Destination = Pick<ExportRequest, "dest" | "umask">;

/**
 * Writes a stream to a path, or to `stdout` when the path is `-`. A file appears complete or not at all,
 * and a symbolic link to it stays one; pipes and devices are written to as they are. Missing parent
 * folders are made.
 */
export async function writeDestination(
  bytes: AsyncIterable<Uint8Array>,
  { dest = "-", stdout, umask }: Destination & { readonly stdout?: Writable },
  signal: AbortSignal,
): Promise<void> {
  if (dest === "-") return writeTo(stdout, bytes, signal);
  try {
    const existing = await statIfExists(dest);
    if (existing?.isDirectory())
      throw new TareError("user-conflict", `the destination ${dest} is a folder`, {
        hint: "give the name of a file; a layout is a folder with tar=false, and with save --format oci-dir",
      });
    if (existing && !existing.isFile()) await writeInPlace(dest, bytes, signal);
    else
      await replaceFile(
        await pathOf(dest),
        { write: ({ append }) => append(bytes), ...defined({ umask }) },
        signal,
      );
  } catch (error) {
    throw destinationError(error, dest);
  }
}

/** Whether `rewriteDestination` can be used: a file is there, or nothing. */
export async function isRewritable(dest = "-"): Promise<boolean> {
  if (dest === "-") return false;
  try {
    return (await statIfExists(dest))?.isFile() ?? true;
  } catch {
    // Who writes it says what is wrong.
    return false;
  }
}

/** As `writeDestination`, for a file that is not written from its beginning to its end. */
export async function rewriteDestination(
  { dest, umask }: Destination & { readonly dest: string },
  write: (file: DraftFile) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await replaceFile(await pathOf(dest), { write, ...defined({ umask }) }, signal);
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

/** Of a folder that is made for an output. */
export function folderMode({ umask = 0o022 }: Destination): number {
  return 0o777 & ~umask;
}

/** A destination that can not be written, as an error that says what to do; anything else as it is. */
export function destinationError(error: unknown, dest: string): unknown {
  if (isSystemError(error, "ENOSPC", "EDQUOT"))
    return new TareError("environment-disk", `no space left while writing ${dest}`, {
      hint: "free space there, or choose another destination",
      cause: error,
    });
  if (
    isSystemError(
      error,
      "EROFS",
      "EACCES",
      "EPERM",
      "ENOENT",
      "ENOTDIR",
      "EEXIST",
      "EISDIR",
      "ENAMETOOLONG",
      "ELOOP",
    )
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
    await writeBlocks(handle, bytes, { signal });
  } finally {
    await handle.close();
  }
}

/** A link to a file stays one. */
async function pathOf(dest: string): Promise<string> {
  return (await statIfExists(dest)) ? realpath(dest) : dest;
}

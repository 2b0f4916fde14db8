import type { FileHandle } from "node:fs/promises";
import { inBlocks } from "./bytes.ts";
import { throwIfCancelled } from "./errors.ts";

export interface WriteOptions {
  /** Where the first byte goes; default: where the handle stands. */
  readonly position?: number;
  /** What an error of the disk is told as; what the source throws stays as it is. */
  readonly failed?: (error: unknown) => unknown;
  readonly signal?: AbortSignal;
}

/** Writes a stream in large blocks, each while the next is made; gives how many bytes they were. */
export async function writeBlocks(
  handle: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  { position, failed = (error) => error, signal }: WriteOptions = {},
): Promise<number> {
  let writing = Promise.resolve();
  let written = 0;
  try {
    for await (const block of inBlocks(bytes)) {
      throwIfCancelled(signal);
      await writing;
      const place = position === undefined ? null : position + written;
      writing = writeAll(handle, block, place).catch((error: unknown) => {
        throw failed(error);
      });
      // It is thrown where it is waited for.
      writing.catch(() => undefined);
      written += block.length;
    }
  } finally {
    // Nothing may still be written when the file is closed; who reads may have failed for another reason.
    await writing;
  }
  return written;
}

/** Writes all of a block, however much of it the system takes at a time. */
export async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
  position: number | null,
): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const place = position === null ? null : position + at;
    at += (await handle.write(bytes, at, bytes.length - at, place)).bytesWritten;
  }
}

import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { TareError } from "../base/index.ts";
import { damagedError, throughZlib } from "./zlib-stream.ts";

/**
 * Decompresses Zstandard (RFC 8878), frames one after another; by node:zlib where it can (from Node
 * 22.15 on), else by a decoder in JavaScript, which does not verify the frames' checksums.
 */
export function unzstd(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const native = (zlib as { readonly createZstdDecompress?: () => Transform }).createZstdDecompress;
  return native ? throughZlib(bytes, { name: "zstd", transform: native() }) : byScript(bytes);
}

/** So few bytes at a time that even the densest data becomes no more than some megabytes at once. */
const STEP = 256;

async function* byScript(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { Decompress } = await import("fzstd");
  let ready: Uint8Array[] = [];
  const decoder = new Decompress((data) => void ready.push(data));
  const push = (part: Uint8Array, final: boolean): void => {
    try {
      decoder.push(part, final);
    } catch (error) {
      throw zstdError(error);
    }
  };
  for await (const chunk of bytes) {
    // The decoder keeps what it is given until a block is complete.
    const own = Uint8Array.from(chunk);
    for (let at = 0; at < own.length; at += STEP) {
      push(own.subarray(at, at + STEP), false);
      yield* ready;
      ready = [];
    }
  }
  push(new Uint8Array(0), true);
  yield* ready;
}

function zstdError(error: unknown): TareError {
  const message = error instanceof Error ? error.message : String(error);
  if (/window size/i.test(message))
    return new TareError("user-unsupported", "zstd data with a window that is too large", {
      hint: "compress it with --long=25 at most, or use Node 22.15 or newer",
      cause: error,
    });
  return damagedError("zstd", message, error);
}

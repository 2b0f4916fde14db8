import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { throughZlib } from "./zlib-stream.ts";
import { unzstdByLibrary } from "./zstd-library.ts";

/**
 * Decompresses Zstandard (RFC 8878), frames one after another; by node:zlib where it can (from Node
 * 22.15 on), else by the system's libzstd. Checksums of frames are verified.
 */
export function unzstd(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const native = (zlib as { readonly createZstdDecompress?: () => Transform }).createZstdDecompress;
  return native ? throughZlib(bytes, { name: "zstd", transform: native() }) : unzstdByLibrary(bytes);
}

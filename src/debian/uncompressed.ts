import { decompress, detectCompression, unxzBlocks, xzDecompress, xzPieces } from "../archive/index.ts";
import { collectBytes, streamOf } from "../base/index.ts";

/** Bytes as they were before compression, known by their content. Xz is decoded natively and off the main thread. */
export async function uncompressed(bytes: Buffer): Promise<Buffer> {
  const compression = detectCompression(bytes);
  if (compression === "none") return bytes;
  if (compression === "xz") return xzDecompress(bytes);
  return collectBytes(decompress(streamOf(bytes)));
}

/** The same as a stream, for what may be large: no more than a few blocks of it are in memory at once. */
export function uncompressedStream(bytes: Buffer): AsyncIterable<Uint8Array> {
  return detectCompression(bytes) === "xz" ? unxzBlocks(bytes) : decompress(streamOf(bytes));
}

/** The same for who looks at each piece once: it counts until the next is asked for. */
export function uncompressedPieces(bytes: Buffer): AsyncIterable<Uint8Array> {
  const pieces = detectCompression(bytes) === "xz" ? xzPieces(bytes) : undefined;
  return pieces ?? decompress(streamOf(bytes));
}

import { createGunzip } from "node:zlib";
import { assertNever } from "../base/index.ts";
import { bunzip2 } from "./bzip2.ts";
import { type Compression, detectCompression, MAGIC_LENGTH } from "./compression.ts";
import { cursor } from "./cursor.ts";
import { unxz } from "./xz.ts";
import { throughZlib } from "./zlib-stream.ts";
import { unzstd } from "./zstd.ts";

/**
 * The bytes without their compression, which is found by content; what is not compressed passes as it
 * is. Streams in bounded memory and reads the source to its end. `integrity-archive` when the data is
 * damaged or cut off.
 */
export async function* decompress(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = cursor(bytes);
  try {
    const first = Buffer.from(await source.take(MAGIC_LENGTH));
    yield* decompressAs(detectCompression(first), joined(first, source));
  } finally {
    await source.close();
  }
}

function decompressAs(compression: Compression, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  switch (compression) {
    case "none":
      return bytes;
    case "gzip":
      return throughZlib(bytes, { name: "gzip", transform: createGunzip({ chunkSize: 256 * 1024 }) });
    case "bzip2":
      return bunzip2(bytes);
    case "xz":
      return unxz(bytes);
    case "zstd":
      return unzstd(bytes);
    default:
      return assertNever(compression);
  }
}

async function* joined(
  first: Uint8Array,
  rest: { some(limit: number): Promise<Uint8Array> },
): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (;;) {
    const chunk = await rest.some(Number.POSITIVE_INFINITY);
    if (chunk.length === 0) return;
    yield chunk;
  }
}

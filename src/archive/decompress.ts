import { constants, createGunzip, gunzipSync } from "node:zlib";
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
  yield* decompressDetected(bytes, { isCut: false });
}

interface Cut {
  readonly isCut: boolean;
}

async function* decompressDetected(bytes: AsyncIterable<Uint8Array>, cut: Cut): AsyncGenerator<Uint8Array> {
  const source = cursor(bytes);
  try {
    const first = Buffer.from(await source.take(MAGIC_LENGTH));
    yield* decompressAs(detectCompression(first), joined(first, source), cut);
  } finally {
    await source.close();
  }
}

/** The same of the beginning of something: gzip data may be cut off, and then gives what is there. */
export async function* decompressBeginning(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* decompressDetected(bytes, { isCut: true });
}

/**
 * The same of a little gzip data, at once; undefined when it is no gzip, damaged, or more than `most` bytes: then
 * `decompressBeginning` says.
 */
export function gunzipNow(bytes: Uint8Array, most: number): Uint8Array | undefined {
  if (detectCompression(bytes.subarray(0, MAGIC_LENGTH)) !== "gzip") return undefined;
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: most });
  } catch {
    return undefined;
  }
}

function decompressAs(
  compression: Compression,
  bytes: AsyncIterable<Uint8Array>,
  { isCut }: Cut,
): AsyncIterable<Uint8Array> {
  switch (compression) {
    case "none":
      return bytes;
    case "gzip": {
      const finishFlush = isCut ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
      const transform = createGunzip({ chunkSize: 256 * 1024, finishFlush });
      return throughZlib(bytes, { name: "gzip", transform });
    }
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

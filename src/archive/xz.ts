import { crc32 } from "node:zlib";
import { collectBytes, streamOf, TareError } from "../base/index.ts";
import { type Cursor, cursor } from "./cursor.ts";
import { exactly, unlzma2 } from "./lzma2.ts";
import { XZ_CHECK_SIZE, xzCheck } from "./xz-check.ts";
import { xzInteger, xzIntegers } from "./xz-integer.ts";
import { unxzByLibrary } from "./xz-library.ts";
import { damagedError } from "./zlib-stream.ts";

/**
 * Decompresses xz data that is in memory as a whole, such as a .deb's member, natively and off the main
 * thread. `integrity-archive` when it is damaged. The result is in memory too: what may be large should
 * go through `decompress`.
 */
export async function xzDecompress(bytes: Uint8Array): Promise<Buffer> {
  try {
    return (await unxzByLibrary(bytes)) ?? (await unxzByAddon(bytes));
  } catch {
    // Neither knows several streams, nor the addon SHA-256; ours does, and says what is wrong.
    return collectBytes(unxz(streamOf(bytes)));
  }
}

/** Where there is no liblzma. */
async function unxzByAddon(bytes: Uint8Array): Promise<Buffer> {
  const { xz } = await import("@napi-rs/lzma");
  return xz.decompress(bytes);
}

/**
 * Decompresses xz (file format 1.2), several streams one after another included, with every checksum
 * verified. Memory is that of the dictionary, which may have 128 MiB; `xz -9` makes one of 64 MiB.
 * Filters other than LZMA2 are `user-unsupported`.
 */
export async function* unxz(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = cursor(bytes);
  try {
    yield* unxzStream(source, await exactly(source, HEADER_SIZE));
    for (;;) {
      const header = await nextHeader(source);
      if (!header) return;
      yield* unxzStream(source, header);
    }
  } finally {
    await source.close();
  }
}

const HEADER_SIZE = 12;
const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
const MAX_DICTIONARY = 128 << 20;
const LZMA2 = 0x21;

/** What the index says of a block, to be compared with what it was. */
interface BlockRecord {
  readonly unpadded: number;
  readonly size: number;
}

/** Passes over the padding between streams, which is whole words of zeros. */
async function nextHeader(source: Cursor): Promise<Uint8Array | undefined> {
  for (;;) {
    const word = await source.take(4);
    if (word.length === 0) return undefined;
    if (word.length < 4) throw damagedError("xz", "bytes behind its end");
    if (word.some((byte) => byte !== 0)) return Buffer.concat([word, await exactly(source, HEADER_SIZE - 4)]);
  }
}

async function* unxzStream(source: Cursor, header: Uint8Array): AsyncGenerator<Uint8Array> {
  const head = Buffer.from(header);
  const flags = head.subarray(6, 8);
  if (!head.subarray(0, 6).equals(MAGIC) || flags[0] !== 0 || (flags[1] as number) > 15)
    throw damagedError("xz", "its header is none");
  if (crc32(flags) !== head.readUInt32LE(8)) throw damagedError("xz", "its header has a wrong checksum");
  const kind = flags[1] as number;
  const blocks: BlockRecord[] = [];
  for (;;) {
    const start = source.position;
    const size = (await exactly(source, 1))[0] as number;
    if (size === 0) {
      await checkIndex(source, { blocks, flags, start });
      return;
    }
    const filter = blockHeader(await exactly(source, (size + 1) * 4 - 1), size);
    blocks.push(yield* unxzBlock(source, { filter, start, kind }));
  }
}

/** What a block's header says: the size of the dictionary, and sizes when it states them. */
interface BlockHeader {
  readonly dictionary: number;
  readonly packed?: number;
  readonly size?: number;
}

async function* unxzBlock(
  source: Cursor,
  { filter, start, kind }: { readonly filter: BlockHeader; readonly start: number; readonly kind: number },
): AsyncGenerator<Uint8Array, BlockRecord> {
  const dataStart = source.position;
  const check = xzCheck(kind);
  let size = 0;
  for await (const chunk of unlzma2(source, filter.dictionary)) {
    check.update(chunk);
    size += chunk.length;
    yield chunk;
  }
  const packed = source.position - dataStart;
  const checkSize = XZ_CHECK_SIZE[kind] as number;
  const unpadded = source.position - start + checkSize;
  await zeros(source, (4 - (packed % 4)) % 4);
  if ((filter.packed ?? packed) !== packed || (filter.size ?? size) !== size)
    throw damagedError("xz", "a block has another size than it says");
  if (!check.matches(await exactly(source, checkSize)))
    throw damagedError("xz", "a block has a wrong checksum");
  return { unpadded, size };
}

function blockHeader(rest: Uint8Array, sizeByte: number): BlockHeader {
  const bytes = Buffer.concat([Buffer.from([sizeByte]), rest]);
  const end = bytes.length - 4;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end))
    throw damagedError("xz", "a block's header has a wrong checksum");
  const flags = bytes[1] as number;
  if ((flags & 0x3c) !== 0) throw damagedError("xz", "a block with unknown flags");
  const read = xzIntegers(bytes.subarray(0, end), 2);
  const packed = flags & 0x40 ? { packed: read() } : {};
  const size = flags & 0x80 ? { size: read() } : {};
  if ((flags & 3) !== 0 || read() !== LZMA2) throw unsupported("filters other than LZMA2");
  if (read() !== 1) throw damagedError("xz", "a block with impossible properties");
  return { ...packed, ...size, dictionary: dictionarySize(read()) };
}

/** The size is 2 or 3 times a power of two, in a byte. */
function dictionarySize(bits: number): number {
  if (bits > 40) throw damagedError("xz", "an impossible size of a dictionary");
  const size = (2 | (bits & 1)) * 2 ** ((bits >>> 1) + 11);
  if (size > MAX_DICTIONARY) throw unsupported(`a dictionary of ${Math.floor(size / 2 ** 20)} MiB`);
  return size;
}

/** Verifies the index, which repeats the sizes of all blocks, and the footer behind it. */
async function checkIndex(
  source: Cursor,
  {
    blocks,
    flags,
    start,
  }: { readonly blocks: readonly BlockRecord[]; readonly flags: Uint8Array; readonly start: number },
): Promise<void> {
  const expected = Buffer.concat([
    Buffer.from([0]),
    ...[blocks.length, ...blocks.flatMap(({ unpadded, size }) => [unpadded, size])].map(xzInteger),
  ]);
  const padded = Buffer.concat([expected, Buffer.alloc((4 - (expected.length % 4)) % 4)]);
  const found = Buffer.concat([Buffer.from([0]), await exactly(source, padded.length - 1)]);
  const checksum = Buffer.from(await exactly(source, 4)).readUInt32LE(0);
  if (!found.equals(padded) || crc32(padded) !== checksum)
    throw damagedError("xz", "its index does not fit its blocks");
  const indexSize = source.position - start;
  const footer = Buffer.from(await exactly(source, HEADER_SIZE));
  const body = footer.subarray(4, 10);
  const sound =
    footer.subarray(10).toString("latin1") === "YZ" &&
    crc32(body) === footer.readUInt32LE(0) &&
    body.subarray(4).equals(flags) &&
    (body.readUInt32LE(0) + 1) * 4 === indexSize;
  if (!sound) throw damagedError("xz", "its footer is wrong");
}

async function zeros(source: Cursor, count: number): Promise<void> {
  if ((await exactly(source, count)).some((byte) => byte !== 0))
    throw damagedError("xz", "padding that is not zero");
}

function unsupported(what: string): TareError {
  return new TareError("user-unsupported", `xz data with ${what}`, {
    hint: "compress it with plain `xz -9` or less, or with gzip or zstd",
  });
}

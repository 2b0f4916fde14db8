import { crc32 } from "node:zlib";
import { collectGarbage, streamOf } from "../base/index.ts";
import { unxz, xzDecompress } from "./xz.ts";
import { XZ_CHECK_SIZE } from "./xz-check.ts";
import { xzInteger, xzIntegers } from "./xz-integer.ts";
import { xzPieces } from "./xz-pieces.ts";

/**
 * Decompresses xz data that is in memory as a whole, block by block: each natively, off the main thread, and several at
 * once. Whatever compresses in several threads, as dpkg-deb does, makes blocks of some 24 MiB. What is not made of such
 * blocks, or of many, is decompressed piece by piece, by one thread in a few megabytes. `integrity-archive`.
 */
export async function* unxzBlocks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const blocks = blocksOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const total = blocks?.reduce((sum, { size }) => sum + size, 0) ?? 0;
  if (!blocks || total > MOST) {
    yield* inPieces(bytes);
    return;
  }
  const ahead: Promise<Buffer>[] = [];
  for (const { size, stream } of blocks) {
    // What was given before is dead by now, but for V8 there is no hurry.
    if (size > LARGE) collectGarbage();
    ahead.push(begun(xzDecompress(stream())));
    if (ahead.length >= AT_ONCE) yield await (ahead.shift() as Promise<Buffer>);
  }
  for (const block of ahead) yield await block;
}

/** By the system's library, or by our own decoder where it is missing; what is given stays as it is. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  const pieces = xzPieces(bytes);
  if (!pieces) {
    yield* unxz(streamOf(bytes));
    return;
  }
  let next = begun(pieces.next());
  try {
    for (let piece = await next; !piece.done; piece = await next) {
      const copy = Buffer.from(piece.value);
      // Decoded while the copy is taken.
      next = begun(pieces.next());
      yield copy;
    }
  } finally {
    await next.catch(() => undefined);
    await pieces.return(undefined);
  }
}

/** Two, whatever the machine: who takes the blocks needs time, too, and each is in memory. */
const AT_ONCE = 2;
/** Bytes of a block from which it matters that those before it are freed. */
const LARGE = 16 << 20;
/** Bytes that are decompressed in blocks: of more, several blocks at once are more memory than they are worth time. */
const MOST = 32 << 20;

/** An error counts when somebody waits for the block, not before. */
function begun<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

interface Block {
  /** Bytes when decompressed, as the index says. */
  readonly size: number;
  /** The block as an xz file of its own. */
  readonly stream: () => Buffer;
}

const HEADER_SIZE = 12;
const FOOTER_SIZE = 12;

/** By the index at the end (xz file format, 2.1.2 and 4); undefined when that is not the index of all the bytes. */
function blocksOf(bytes: Buffer): readonly Block[] | undefined {
  const footer = bytes.subarray(-FOOTER_SIZE);
  if (bytes.length < HEADER_SIZE + FOOTER_SIZE || footer.toString("latin1", 10) !== "YZ") return undefined;
  const indexSize = (footer.readUInt32LE(4) + 1) * 4;
  const indexStart = bytes.length - FOOTER_SIZE - indexSize;
  const header = bytes.subarray(0, HEADER_SIZE);
  if (indexStart < HEADER_SIZE || (XZ_CHECK_SIZE[header[7] as number] ?? 0) === 0) return undefined;
  const records = recordsOf(bytes.subarray(indexStart, indexStart + indexSize));
  if (!records) return undefined;
  let at = HEADER_SIZE;
  const blocks = records.map(({ unpadded, size }) => {
    const start = at;
    at += unpadded + padding(unpadded);
    const block = bytes.subarray(start, at);
    return { size, stream: () => streamOfBlock(block, { header, unpadded, size }) };
  });
  return at === indexStart ? blocks : undefined;
}

interface IndexRecord {
  /** Bytes of a block without its padding. */
  readonly unpadded: number;
  readonly size: number;
}

function recordsOf(index: Buffer): readonly IndexRecord[] | undefined {
  const end = index.length - 4;
  if (index[0] !== 0 || crc32(index.subarray(0, end)) !== index.readUInt32LE(end)) return undefined;
  const read = xzIntegers(index.subarray(0, end), 1);
  const count = read();
  // Each record has two bytes at least, so a count that lies makes nothing large.
  if (count * 2 > end) return undefined;
  return Array.from({ length: count }, () => ({ unpadded: read(), size: read() }));
}

function streamOfBlock(
  block: Buffer,
  { header, unpadded, size }: IndexRecord & { readonly header: Buffer },
): Buffer {
  const records = Buffer.concat([Buffer.from([0]), ...[1, unpadded, size].map(xzInteger)]);
  const index = Buffer.concat([records, Buffer.alloc(padding(records.length))]);
  const body = Buffer.alloc(6);
  body.writeUInt32LE((index.length + 4) / 4 - 1);
  header.copy(body, 4, 6, 8);
  return Buffer.concat([header, block, index, checksum(index), checksum(body), body, Buffer.from("YZ")]);
}

function checksum(bytes: Uint8Array): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(crc32(bytes));
  return out;
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

import { type BitWindow, bitWindow } from "./bit-window.ts";
import { bzip2Block } from "./bzip2-block.ts";
import { damagedError } from "./zlib-stream.ts";

/**
 * Decompresses bzip2, several streams one after another included, with every checksum verified. One
 * block (900 kB) is in memory at a time; what follows the last stream is dropped, as bzip2 does.
 */
export async function* bunzip2(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  const window = bitWindow(iterator, () => damagedError("bzip2", "it ends in the middle of a block"));
  try {
    for (let first = true; ; first = false) {
      await window.ensure(HEADER_BYTES);
      if (!first && !beginsStream(window)) break;
      if (first && !beginsStream(window)) throw damagedError("bzip2", "its header is none");
      yield* unpackStream(window);
    }
    while (!(await iterator.next()).done);
  } finally {
    await iterator.return?.();
  }
}

const HEADER_BYTES = 4;
/** More than a block can take: 900,000 symbols of 20 bits, and its tables. */
const MAX_BLOCK = 2_400_000;
const OUTPUT = 1 << 16;

function beginsStream(window: BitWindow): boolean {
  if (window.atEnd()) return false;
  try {
    return window.bits(24) === 0x425a68;
  } catch {
    return false;
  }
}

async function* unpackStream(window: BitWindow): AsyncGenerator<Uint8Array> {
  const level = window.bits(8) - 0x30;
  if (level < 1 || level > 9) throw damagedError("bzip2", "its header is none");
  for (let combined = 0; ; ) {
    await window.ensure(MAX_BLOCK);
    const mark = window.bits(24) * 2 ** 24 + window.bits(24);
    const expected = (window.bits(16) * 2 ** 16 + window.bits(16)) >>> 0;
    if (mark === END_MARK) {
      if (combined !== expected) throw damagedError("bzip2", "a stream has a wrong checksum");
      window.align();
      return;
    }
    if (mark !== BLOCK_MARK) throw damagedError("bzip2", "something that is no block");
    const crc = yield* expand(bzip2Block(window, level * 100_000));
    if (crc !== expected) throw damagedError("bzip2", "a block has a wrong checksum");
    combined = (((combined << 1) | (combined >>> 31)) ^ crc) >>> 0;
  }
}

const BLOCK_MARK = 0x314159265359;
const END_MARK = 0x177245385090;

/** Undoes the first coding, where four equal bytes are followed by how many more there are; gives the CRC. */
function* expand(block: Uint8Array): Generator<Uint8Array, number> {
  const table = crcTable();
  let crc = 0xffffffff;
  let output = new Uint8Array(OUTPUT);
  let filled = 0;
  let previous = -1;
  let equal = 0;
  for (const byte of block) {
    const repeats = equal === 4 ? byte : 1;
    const written = equal === 4 ? previous : byte;
    if (equal === 4) equal = 0;
    else equal = byte === previous ? equal + 1 : 1;
    if (equal > 0) previous = byte;
    else previous = -1;
    for (let left = repeats; left > 0; left--) {
      crc = ((crc << 8) ^ (table[((crc >>> 24) ^ written) & 0xff] as number)) >>> 0;
      output[filled++] = written;
      if (filled < OUTPUT) continue;
      yield output;
      output = new Uint8Array(OUTPUT);
      filled = 0;
    }
  }
  if (filled > 0) yield output.subarray(0, filled);
  return ~crc >>> 0;
}

/** CRC-32 with the most significant bit first, which is not the one of zlib. */
function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte << 24;
    for (let bit = 0; bit < 8; bit++) value = (value << 1) ^ (value < 0 ? 0x04c11db7 : 0);
    return value >>> 0;
  });
}

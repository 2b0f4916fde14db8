import type { BitWindow } from "./bit-window.ts";
import { damagedError } from "./zlib-stream.ts";

/**
 * Decodes one block up to the Burrows-Wheeler transform, whose inverse gives its bytes, the first
 * run-length coding not yet undone. `capacity` is what the stream's level allows.
 */
export function bzip2Block(window: BitWindow, capacity: number): Uint8Array {
  if (window.bits(1) !== 0) throw damagedError("bzip2", "a block of a kind that is no longer made");
  const origin = window.bits(24);
  const symbols = usedBytes(window);
  const { selectors, tables } = huffman(window, symbols.length + 2);
  const { transformed, length } = moveToFront(window, { symbols, selectors, tables, capacity });
  if (origin >= length) throw damagedError("bzip2", "a block that begins nowhere");
  return inverseTransform(transformed, { length, origin });
}

const GROUP = 50;
const MAX_CODE = 20;

/** Which bytes occur: 16 bits say in which sixteenth, then 16 bits for each of those. */
function usedBytes(window: BitWindow): Uint8Array {
  const sixteenths = window.bits(16);
  const found: number[] = [];
  for (let high = 0; high < 16; high++) {
    if ((sixteenths & (0x8000 >>> high)) === 0) continue;
    const used = window.bits(16);
    for (let low = 0; low < 16; low++) if ((used & (0x8000 >>> low)) !== 0) found.push(high * 16 + low);
  }
  if (found.length === 0) throw damagedError("bzip2", "a block without bytes");
  return Uint8Array.from(found);
}

/** A canonical Huffman code: for each length the last code, and what to add to get a place in `order`. */
interface Table {
  readonly shortest: number;
  readonly last: Int32Array;
  readonly shift: Int32Array;
  readonly order: Uint16Array;
}

function huffman(
  window: BitWindow,
  symbolCount: number,
): { readonly selectors: Uint8Array; readonly tables: readonly Table[] } {
  const tableCount = window.bits(3);
  const selectorCount = window.bits(15);
  if (tableCount < 2 || tableCount > 6 || selectorCount === 0)
    throw damagedError("bzip2", "a block with an impossible code");
  const selectors = new Uint8Array(selectorCount);
  const recent = Array.from({ length: tableCount }, (_, index) => index);
  for (let at = 0; at < selectorCount; at++) {
    let back = 0;
    while (window.bits(1) === 1)
      if (++back >= tableCount) throw damagedError("bzip2", "an impossible selector");
    const [chosen] = recent.splice(back, 1) as [number];
    recent.unshift(chosen);
    selectors[at] = chosen;
  }
  return { selectors, tables: Array.from({ length: tableCount }, () => table(window, symbolCount)) };
}

function table(window: BitWindow, symbolCount: number): Table {
  const lengths = new Uint8Array(symbolCount);
  let length = window.bits(5);
  for (let symbol = 0; symbol < symbolCount; symbol++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE) throw damagedError("bzip2", "an impossible length of a code");
      if (window.bits(1) === 0) break;
      length += window.bits(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return canonical(lengths);
}

function canonical(lengths: Uint8Array): Table {
  const last = new Int32Array(MAX_CODE + 1).fill(-1);
  const shift = new Int32Array(MAX_CODE + 1);
  const order: number[] = [];
  let code = 0;
  for (let length = 1; length <= MAX_CODE; length++) {
    code <<= 1;
    shift[length] = order.length - code;
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      order.push(symbol);
      code++;
    }
    last[length] = code - 1;
  }
  return { shortest: Math.min(...lengths), last, shift, order: Uint16Array.from(order) };
}

function symbolOf(window: BitWindow, { shortest, last, shift, order }: Table): number {
  let length = shortest;
  let code = window.bits(length);
  while (code > (last[length] as number)) {
    if (++length > MAX_CODE) throw damagedError("bzip2", "a code that stands for nothing");
    code = (code << 1) | window.bits(1);
  }
  const place = code + (shift[length] as number);
  if (place < 0 || place >= order.length) throw damagedError("bzip2", "a code that stands for nothing");
  return order[place] as number;
}

/** Undoes the Huffman code, the coding of runs of the front byte, and move-to-front. */
function moveToFront(
  window: BitWindow,
  block: {
    readonly symbols: Uint8Array;
    readonly selectors: Uint8Array;
    readonly tables: readonly Table[];
    readonly capacity: number;
  },
): { readonly transformed: Uint32Array; readonly length: number } {
  const { selectors, tables, capacity } = block;
  const recent = Uint8Array.from(block.symbols);
  const end = recent.length + 1;
  const transformed = new Uint32Array(capacity);
  let length = 0;
  let run = 0;
  let weight = 1;
  for (let count = 0; ; count++) {
    const selector = selectors[Math.floor(count / GROUP)];
    if (selector === undefined) throw damagedError("bzip2", "a block without an end");
    const symbol = symbolOf(window, tables[selector] as Table);
    if (symbol <= 1) {
      run += weight * (symbol + 1);
      weight *= 2;
      if (run > capacity - length) throw damagedError("bzip2", "a block that is too long");
      continue;
    }
    transformed.fill(recent[0] as number, length, length + run);
    length += run;
    run = 0;
    weight = 1;
    if (symbol === end) return { transformed, length };
    if (length === capacity) throw damagedError("bzip2", "a block that is too long");
    const byte = recent[symbol - 1] as number;
    recent.copyWithin(1, 0, symbol - 1);
    recent[0] = byte;
    transformed[length++] = byte;
  }
}

/** The low byte of each element is the transform, the rest becomes the way through it. */
function inverseTransform(
  transformed: Uint32Array,
  { length, origin }: { readonly length: number; readonly origin: number },
): Uint8Array {
  const starts = new Uint32Array(257);
  for (let at = 0; at < length; at++) (starts[(transformed[at] as number) + 1] as number)++;
  for (let byte = 0; byte < 256; byte++)
    starts[byte + 1] = (starts[byte + 1] as number) + (starts[byte] as number);
  for (let at = 0; at < length; at++) {
    const byte = (transformed[at] as number) & 0xff;
    const place = starts[byte] as number;
    starts[byte] = place + 1;
    transformed[place] = (transformed[place] as number) | (at << 8);
  }
  const bytes = new Uint8Array(length);
  let link = (transformed[origin] as number) >>> 8;
  for (let at = 0; at < length; at++) {
    const element = transformed[link] as number;
    bytes[at] = element & 0xff;
    link = element >>> 8;
  }
  return bytes;
}

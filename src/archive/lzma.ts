import { damagedError } from "./zlib-stream.ts";

/** The properties that an LZMA stream is decoded with (LZMA specification, "LZMA properties"). */
export interface LzmaProperties {
  readonly lc: number;
  readonly lp: number;
  readonly pb: number;
}

/** A decoder of LZMA chunks over one dictionary. Its output is what `take` gives, in order. */
export interface LzmaDecoder {
  /** Forgets what was decoded, so that no match can reach before this point. */
  resetDictionary(): void;
  /** Forgets what was learnt; with properties, those hold from now on. */
  resetState(properties?: LzmaProperties): void;
  /** Decodes a chunk that gives exactly `size` bytes; no match crosses its end. */
  decode(input: Uint8Array, size: number): void;
  /** Takes bytes as they are. */
  store(input: Uint8Array): void;
  /** The last `size` bytes, copied; at most the size of the last chunk. */
  take(size: number): Uint8Array;
}

/**
 * Decodes as the LZMA specification says; the names of the probabilities are its own. A chunk gives at
 * most 2 MiB, which the dictionary has room for besides what matches may reach back to.
 */
export function lzmaDecoder(dictionarySize: number): LzmaDecoder {
  const capacity = dictionarySize + MAX_CHUNK;
  const dictionary = Buffer.allocUnsafeSlow(capacity);
  const probs = new Uint16Array(LITERAL + (0x300 << 4));
  let position = 0;
  /** Bytes since the last reset of the dictionary. */
  let written = 0;
  let properties: LzmaProperties = { lc: 3, lp: 0, pb: 2 };
  let state = 0;
  let rep0 = 0;
  let rep1 = 0;
  let rep2 = 0;
  let rep3 = 0;
  let input: Uint8Array = new Uint8Array(0);
  let next = 0;
  let range = 0;
  let code = 0;

  function normalise(): void {
    if (range >= TOP) return;
    range = (range << 8) >>> 0;
    code = ((code << 8) | (input[next++] as number)) >>> 0;
  }

  function bit(index: number): number {
    const prob = probs[index] as number;
    const bound = (range >>> 11) * prob;
    const one = code >= bound;
    if (one) {
      range = (range - bound) >>> 0;
      code = (code - bound) >>> 0;
      probs[index] = prob - (prob >>> 5);
    } else {
      range = bound;
      probs[index] = prob + ((2048 - prob) >>> 5);
    }
    if (range < TOP) normalise();
    return one ? 1 : 0;
  }

  function directBits(count: number): number {
    let result = 0;
    for (let left = count; left > 0; left--) {
      range >>>= 1;
      const one = code >= range;
      if (one) code -= range;
      result = result * 2 + (one ? 1 : 0);
      normalise();
    }
    return result;
  }

  function tree(base: number, bits: number): number {
    let symbol = 1;
    for (let left = bits; left > 0; left--) symbol = (symbol << 1) | bit(base + symbol);
    return symbol - (1 << bits);
  }

  function reverseTree(base: number, bits: number): number {
    let symbol = 1;
    let result = 0;
    for (let at = 0; at < bits; at++) {
      const one = bit(base + symbol);
      symbol = (symbol << 1) | one;
      result |= one << at;
    }
    return result;
  }

  function put(byte: number): void {
    dictionary[position++] = byte;
    if (position === capacity) position = 0;
    written++;
  }

  function byteAt(distance: number): number {
    const at = position - distance - 1;
    return dictionary[at < 0 ? at + capacity : at] as number;
  }

  function literal(): void {
    const { lc, lp } = properties;
    const previous = written > 0 ? byteAt(0) : 0;
    const context = ((written & ((1 << lp) - 1)) << lc) + (previous >>> (8 - lc));
    const base = LITERAL + 0x300 * context;
    let symbol = 1;
    if (state >= 7) {
      let match = byteAt(rep0);
      while (symbol < 0x100) {
        const matchBit = (match >>> 7) & 1;
        match <<= 1;
        const one = bit(base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | one;
        if (matchBit !== one) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | bit(base + symbol);
    put(symbol & 0xff);
    state = STATE_AFTER_LITERAL[state] as number;
  }

  function length(base: number, posState: number): number {
    if (bit(base) === 0) return 2 + tree(base + 2 + (posState << 3), 3);
    if (bit(base + 1) === 0) return 10 + tree(base + 130 + (posState << 3), 3);
    return 18 + tree(base + 258, 8);
  }

  function distance(matchLength: number): number {
    const slot = tree(POS_SLOT + (Math.min(matchLength - 2, 3) << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >>> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + reverseTree(POS_SPECIAL + base - slot, bits);
    return base + directBits(bits - 4) * 16 + reverseTree(ALIGN, 4);
  }

  /** Reads a match or repetition and gives its length. */
  function match(posState: number): number {
    if (bit(IS_REP + state) === 0) {
      rep3 = rep2;
      rep2 = rep1;
      rep1 = rep0;
      const found = length(LENGTH, posState);
      state = state < 7 ? 7 : 10;
      rep0 = distance(found);
      return found;
    }
    if (bit(IS_REP_G0 + state) === 0) {
      if (bit(IS_REP0_LONG + (state << 4) + posState) === 0) {
        state = state < 7 ? 9 : 11;
        return 1;
      }
    } else swapRepetition();
    const found = length(REP_LENGTH, posState);
    state = state < 7 ? 8 : 11;
    return found;
  }

  function swapRepetition(): void {
    let chosen = rep1;
    if (bit(IS_REP_G1 + state) !== 0) {
      chosen = rep2;
      if (bit(IS_REP_G2 + state) !== 0) {
        chosen = rep3;
        rep3 = rep2;
      }
      rep2 = rep1;
    }
    rep1 = rep0;
    rep0 = chosen;
  }

  function copyMatch(size: number): void {
    if (rep0 >= written || rep0 >= dictionarySize) throw damagedError("xz", "a match before the first byte");
    for (let left = size; left > 0; left--) put(byteAt(rep0));
  }

  function decode(chunk: Uint8Array, size: number): void {
    input = chunk;
    next = 5;
    range = 0xffffffff;
    code = new DataView(chunk.buffer, chunk.byteOffset, chunk.length).getUint32(1);
    if (chunk[0] !== 0) throw damagedError("xz", "a chunk that begins wrongly");
    const end = written + size;
    const mask = (1 << properties.pb) - 1;
    while (written < end) {
      const posState = written & mask;
      if (bit(IS_MATCH + (state << 4) + posState) === 0) {
        literal();
        continue;
      }
      const found = match(posState);
      if (found > end - written) throw damagedError("xz", "a match that crosses the end of its chunk");
      copyMatch(found);
    }
    if (next !== chunk.length || code !== 0) throw damagedError("xz", "a chunk that ends wrongly");
  }

  return {
    decode,
    resetDictionary: () => {
      written = 0;
    },
    resetState: (changed) => {
      properties = changed ?? properties;
      probs.fill(1024);
      state = 0;
      rep0 = 0;
      rep1 = 0;
      rep2 = 0;
      rep3 = 0;
    },
    store: (bytes) => {
      for (const byte of bytes) put(byte);
    },
    take: (size) => {
      const start = position - size;
      if (start >= 0) return Uint8Array.from(dictionary.subarray(start, position));
      return Buffer.concat([dictionary.subarray(start + capacity), dictionary.subarray(0, position)]);
    },
  };
}

const TOP = 0x1000000;
const MAX_CHUNK = 1 << 21;
const STATE_AFTER_LITERAL = Uint8Array.from([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5]);

// Where each group of probabilities starts.
const IS_MATCH = 0;
const IS_REP = IS_MATCH + (12 << 4);
const IS_REP_G0 = IS_REP + 12;
const IS_REP_G1 = IS_REP_G0 + 12;
const IS_REP_G2 = IS_REP_G1 + 12;
const IS_REP0_LONG = IS_REP_G2 + 12;
const POS_SLOT = IS_REP0_LONG + (12 << 4);
const POS_SPECIAL = POS_SLOT + (4 << 6);
const ALIGN = POS_SPECIAL + 128;
/** Two choices, 16 trees of 3 bits for short, as many for middle lengths, one of 8 bits for long ones. */
const LENGTH = ALIGN + 16;
const REP_LENGTH = LENGTH + 514;
const LITERAL = REP_LENGTH + 514;

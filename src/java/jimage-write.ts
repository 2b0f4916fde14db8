import { ATTRIBUTE, HEADER_SIZE, type ImageEntry, MAGIC, unsupported } from "./jimage.ts";
import { perfectHash } from "./jimage-hash.ts";

/** A path on its way into a jimage. */
export type WantedEntry = Pick<ImageEntry, "path" | "parts" | "size">;

/** The tables of a jimage whose content follows in the order of its entries. */
export interface WrittenIndex {
  readonly bytes: Buffer;
  /** Where each entry is described, in their order. */
  readonly places: readonly number[];
  /** Where a text is in the table of strings; it was among the first, or is part of a path. */
  readonly textOffset: (text: string) => number;
}

/**
 * Writes the tables. `texts` come first among the strings, which readers may rely on. `user-unsupported` for two entries of
 * one path, as a damaged file has them.
 */
export function writeImageIndex(
  entries: readonly WantedEntry[],
  { version, texts }: { readonly version: number; readonly texts: readonly string[] },
): WrittenIndex {
  const strings = stringTable(texts);
  const locations: Buffer[] = [];
  const places: number[] = [];
  let [place, offset] = [0, 0];
  for (const { parts, size } of entries) {
    const location = encodeLocation({
      module: strings.add(parts.module),
      parent: strings.add(parts.parent),
      base: strings.add(parts.base),
      extension: strings.add(parts.extension),
      offset,
      compressed: 0,
      size,
    });
    locations.push(location);
    places.push(place);
    place += location.length;
    offset += size;
  }
  const paths = entries.map(({ path }) => path);
  // Nothing would ever keep two of the same apart.
  if (new Set(paths).size < paths.length) throw unsupported("it has two entries of one path");
  const { redirect, places: slots } = perfectHash(paths);
  const offsets = new Int32Array(redirect.length);
  for (const [at, slot] of slots.entries()) offsets[slot] = places[at] as number;
  const text = strings.bytes();
  const header = Buffer.alloc(HEADER_SIZE);
  const numbers = [MAGIC, version, 0, entries.length, redirect.length, place, text.length];
  for (const [at, number] of numbers.entries()) header.writeUInt32LE(number, 4 * at);
  const bytes = Buffer.concat([header, wordsOf(redirect), wordsOf(offsets), ...locations, text]);
  return { bytes, places, textOffset: strings.add };
}

/** Numbers as a jimage has them. */
export function wordsOf(numbers: Iterable<number>): Buffer {
  const all = [...numbers];
  const bytes = Buffer.alloc(all.length * 4);
  for (const [at, number] of all.entries()) bytes.writeInt32LE(number, 4 * at);
  return bytes;
}

/** Texts that end with a zero, each once; the empty one is the first. */
function stringTable(texts: readonly string[]) {
  const offsets = new Map<string, number>();
  const parts: Buffer[] = [];
  let end = 0;
  const add = (text: string): number => {
    const known = offsets.get(text);
    if (known !== undefined) return known;
    const part = Buffer.from(`${text}\0`);
    const offset = end;
    offsets.set(text, offset);
    parts.push(part);
    end += part.length;
    return offset;
  };
  for (const text of ["", ...texts]) add(text);
  return { add, bytes: () => Buffer.concat(parts) };
}

/** The attributes that are not 0, each with as few bytes as it takes; padded to whole words, as Java does. */
function encodeLocation(values: Readonly<Record<keyof typeof ATTRIBUTE, number>>): Buffer {
  const bytes: number[] = [];
  for (const [name, kind] of Object.entries(ATTRIBUTE)) {
    const value = values[name as keyof typeof ATTRIBUTE];
    if (value === 0) continue;
    const digits: number[] = [];
    for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
    bytes.push((kind << 3) | (digits.length - 1), ...digits);
  }
  bytes.push(0);
  while (bytes.length % 4 !== 0) bytes.push(0);
  return Buffer.from(bytes);
}

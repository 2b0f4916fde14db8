/** What a package's header says, by number. */
export interface RpmHeader {
  /** The first text of a tag. */
  text(tag: number): string | undefined;
  texts(tag: number): readonly string[];
  /** Numbers of 16 and 32 bits. */
  numbers(tag: number): readonly number[];
}

/**
 * A package's header as databases have it (rpm, "Package format", "Header"): how many entries there are and bytes of
 * content, entries of tag, type, place and count, the content. A RangeError where one leads out of it.
 */
export function readRpmHeader(bytes: Buffer): RpmHeader {
  const [count, size] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
  const start = 8 + count * ENTRY;
  if (start + size > bytes.length) throw new RangeError("a header is longer than its record");
  const content = bytes.subarray(start, start + size);
  const entries = new Map<number, Entry>();
  for (let at = 8; at < start; at += ENTRY) {
    const [type, offset, length] = [4, 8, 12].map((place) => bytes.readUInt32BE(at + place));
    entries.set(bytes.readUInt32BE(at), { type: type ?? 0, offset: offset ?? 0, count: length ?? 0 });
  }
  const texts = (tag: number) => textsOf(content, entries.get(tag));
  return { text: (tag) => texts(tag)[0], texts, numbers: (tag) => numbersOf(content, entries.get(tag)) };
}

const ENTRY = 16;

interface Entry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

/** By type: one text, several, one in several languages. */
const TEXT_TYPES: readonly number[] = [6, 8, 9];
const [INT16, INT32] = [3, 4] as const;

function textsOf(content: Buffer, entry: Entry | undefined): readonly string[] {
  if (!entry || !TEXT_TYPES.includes(entry.type)) return [];
  const found: string[] = [];
  for (let at = entry.offset; found.length < entry.count; ) {
    const end = content.indexOf(0, at);
    if (end < 0) throw new RangeError("a text does not end");
    found.push(content.toString("utf8", at, end));
    at = end + 1;
  }
  return found;
}

function numbersOf(content: Buffer, entry: Entry | undefined): readonly number[] {
  if (!entry || (entry.type !== INT16 && entry.type !== INT32)) return [];
  const { type, offset, count } = entry;
  const size = type === INT16 ? 2 : 4;
  if (offset + count * size > content.length) throw new RangeError("numbers lie beyond their header");
  return Array.from({ length: count }, (_, at) => content.readUIntBE(offset + at * size, size));
}

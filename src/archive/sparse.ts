import type { Cursor } from "./cursor.ts";
import { broken } from "./decode.ts";
import { TAR_BLOCK } from "./header.ts";
import { decodeNumber } from "./number-field.ts";
import type { PaxRecord } from "./pax.ts";

/** A stretch of a sparse file that has bytes in the archive. */
export interface SparsePart {
  readonly offset: number;
  readonly length: number;
}

/** Where a sparse file's bytes belong, and how long it is with its holes. */
export interface SparseMap {
  readonly parts: readonly SparsePart[];
  readonly size: number;
  /** Set when the extended header has the file's real name (formats 0.1 and 1.0). */
  readonly name?: Uint8Array;
  /** How many of the member's bytes the map itself took (format 1.0). */
  readonly mapBytes: number;
}

/** Reads the map of GNU tar's old format: in the header block and, when it goes on, in blocks behind it. */
export async function readOldSparse(header: Uint8Array, source: Cursor, at: number): Promise<SparseMap> {
  const size = fieldNumber(header, 483, at);
  const parts = fieldParts(header.subarray(386, 482), at);
  let more = header[482] !== 0;
  while (more) {
    const block = await source.take(TAR_BLOCK);
    if (block.length < TAR_BLOCK) throw broken(at, "the archive ends in a map of a sparse file");
    parts.push(...fieldParts(block.subarray(0, 504), at));
    more = block[504] !== 0;
    if (parts.length > MAX_PARTS) throw broken(at, "a sparse file with too many parts");
  }
  return { parts, size, mapBytes: 0 };
}

/**
 * Reads the map of the formats 0.0, 0.1 (in the records) and 1.0 (in front of the content) that GNU tar
 * writes into PAX archives; undefined when the file is not sparse (GNU tar manual, "PAX Format, Versions").
 */
export async function readPaxSparse(
  records: readonly PaxRecord[],
  { source, stored, at }: { readonly source: Cursor; readonly stored: number; readonly at: number },
): Promise<SparseMap | undefined> {
  const text = (key: string): string | undefined => {
    const value = records.findLast((record) => record.key === `GNU.sparse.${key}`)?.value;
    return value && Buffer.from(value).toString("latin1");
  };
  const inContent = text("major") === "1";
  const size = text(inContent ? "realsize" : "size");
  if (size === undefined) return undefined;
  if (text("major") !== undefined && !inContent && text("major") !== "0")
    throw broken(at, `sparse format ${text("major")}`);
  const name = records.findLast((record) => record.key === "GNU.sparse.name")?.value;
  const found = inContent
    ? await readContentMap(source, { stored, at })
    : { parts: pairs(recordNumbers(records, at), at), mapBytes: 0 };
  return { ...found, size: parseDecimal(size, at), ...(name && { name }) };
}

/** Checks that the parts are in order, inside the file, and as long together as what the archive has. */
export function checkSparse(
  map: SparseMap,
  { stored, at }: { readonly stored: number; readonly at: number },
): void {
  let end = 0;
  let total = 0;
  for (const { offset, length } of map.parts) {
    if (offset < end || length < 0 || offset + length > map.size)
      throw broken(at, "a sparse file's map is wrong");
    end = offset + length;
    total += length;
  }
  if (total !== stored - map.mapBytes) throw broken(at, "a sparse file's map does not fit its content");
}

/** The whole content of a sparse file: its parts from `take`, zeros between them. */
export async function* expandSparse(
  map: SparseMap,
  take: (length: number) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const { offset, length } of map.parts) {
    yield* zeros(offset - at);
    yield* take(length);
    at = offset + length;
  }
  yield* zeros(map.size - at);
}

/** As many parts as a map may have; a file of 4 TB with a hole in every second MiB has them. */
const MAX_PARTS = 2_000_000;
const ENTRY = 24;
const ZEROS = new Uint8Array(64 * 1024);

function fieldParts(bytes: Uint8Array, at: number): SparsePart[] {
  const parts: SparsePart[] = [];
  for (let entry = 0; entry + ENTRY <= bytes.length && bytes[entry] !== 0; entry += ENTRY)
    parts.push({ offset: fieldNumber(bytes, entry, at), length: fieldNumber(bytes, entry + 12, at) });
  return parts;
}

function fieldNumber(bytes: Uint8Array, offset: number, at: number): number {
  const value = decodeNumber(bytes, offset, 12);
  if (value === undefined || value < 0) throw broken(at, "a number of a sparse file can not be read");
  return value;
}

/** Format 0.1 has one list; 0.0 has a record for each number, offset and length by turns. */
function recordNumbers(records: readonly PaxRecord[], at: number): readonly number[] {
  const map = records.findLast((record) => record.key === "GNU.sparse.map");
  if (map) {
    const list = Buffer.from(map.value).toString("latin1");
    return list === "" ? [] : list.split(",").map((digits) => parseDecimal(digits, at));
  }
  return records
    .filter(({ key }) => key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes")
    .map(({ value }) => parseDecimal(Buffer.from(value).toString("latin1"), at));
}

function pairs(numbers: readonly number[], at: number): readonly SparsePart[] {
  if (numbers.length % 2 !== 0) throw broken(at, "a sparse file's map has half a part");
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: numbers[2 * index] as number,
    length: numbers[2 * index + 1] as number,
  }));
}

/** Format 1.0: decimal lines, the first one being the number of parts, filled up to whole blocks. */
async function readContentMap(
  source: Cursor,
  { stored, at }: { readonly stored: number; readonly at: number },
): Promise<{ readonly parts: readonly SparsePart[]; readonly mapBytes: number }> {
  const numbers: number[] = [];
  let digits = "";
  let mapBytes = 0;
  for (let wanted = 1; numbers.length < wanted; ) {
    if (mapBytes + TAR_BLOCK > stored) throw broken(at, "a sparse file's map is longer than its content");
    const block = await source.take(TAR_BLOCK);
    mapBytes += TAR_BLOCK;
    const lines = (digits + Buffer.from(block).toString("latin1")).split("\n");
    digits = lines.pop() as string;
    for (const line of lines) if (numbers.length < wanted) wanted = addLine(numbers, { line, wanted, at });
  }
  return { parts: pairs(numbers.slice(1), at), mapBytes };
}

/** Adds a number and says how many are wanted in all, which the first one tells. */
function addLine(
  numbers: number[],
  { line, wanted, at }: { readonly line: string; readonly wanted: number; readonly at: number },
): number {
  const value = parseDecimal(line, at);
  numbers.push(value);
  if (numbers.length > 1) return wanted;
  if (value > MAX_PARTS) throw broken(at, "a sparse file with too many parts");
  return 1 + 2 * value;
}

function parseDecimal(digits: string, at: number): number {
  const value = /^[0-9]+$/.test(digits) ? Number(digits) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw broken(at, "a number of a sparse file can not be read");
  return value;
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let left = length; left > 0; left -= ZEROS.length)
    yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

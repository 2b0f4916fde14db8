import { createHash } from "node:crypto";
import { type Digest, lowerBound } from "../base/index.ts";
import { comparePaths } from "../tree/index.ts";

/** What is remembered of a file while its stat facts stay the same. */
export interface KnownFile {
  /** Absent as long as nobody asked for it. */
  readonly digest?: Digest;
  readonly xattrs: Readonly<Record<string, Uint8Array>>;
}

/** Numbers of a row that tell whether a file is still the same one, in an order that is the caller's. */
export const FACTS = 6;

export const NO_XATTRS: KnownFile["xattrs"] = {};

/**
 * Files by path, as they are on disk: columns that are used where they lie, because of 50,000 files that have not
 * changed making 50,000 objects would take longer than looking at the files.
 */
export interface StatTable {
  /** The row of a path, -1 without one; quickest when asked in the order of `comparePaths`. */
  indexOf(path: string): number;
  pathAt(row: number): string;
  known(row: number): KnownFile;
  /** `FACTS` numbers for each row, and perhaps room for more. */
  readonly facts: Float64Array;
  /** How many rows there are. */
  readonly rows: number;
}

/*
 * Little-endian: magic, SHA-256 of all that follows; numbers of rows, of UTF-16 units of paths, of bytes of
 * attributes, one that is 0; facts; ends of paths; paths in UTF-16; digests as text, spaces where there is none;
 * attributes as JSON, `[[row, {name: base64}]]`.
 */
const MAGIC = "tarestat";
const HEADER = 56;
const DIGEST = "sha256:".length + 64;
const NO_DIGEST = " ".repeat(DIGEST);

/** Reads what `writeStatTable` wrote; anything else, and nothing, is an empty table. */
export function readStatTable(bytes: Buffer | undefined): StatTable {
  const layout = bytes && layoutOf(bytes);
  return layout ? tableOf(layout) : EMPTY;
}

const EMPTY: StatTable = {
  indexOf: () => -1,
  pathAt: () => "",
  known: () => ({ xattrs: NO_XATTRS }),
  facts: new Float64Array(),
  rows: 0,
};

interface Layout {
  readonly facts: Float64Array;
  readonly ends: Uint32Array;
  readonly paths: string;
  readonly digests: string;
  readonly xattrs: ReadonlyMap<number, KnownFile["xattrs"]>;
}

function layoutOf(bytes: Buffer): Layout | undefined {
  if (bytes.length < HEADER || bytes.toString("latin1", 0, 8) !== MAGIC) return undefined;
  if (!bytes.subarray(8, 40).equals(checksum(bytes.subarray(40)))) return undefined;
  const rows = bytes.readUInt32LE(40);
  const ends = HEADER + rows * FACTS * 8;
  const paths = ends + rows * 4;
  const digests = paths + bytes.readUInt32LE(44) * 2;
  const xattrs = digests + rows * DIGEST;
  // Numbers have to lie at multiples of their size, which those of a shared buffer do not.
  const numbers = new Uint8Array(bytes.subarray(HEADER, paths)).buffer;
  return {
    facts: new Float64Array(numbers, 0, rows * FACTS),
    ends: new Uint32Array(numbers, ends - HEADER, rows),
    paths: bytes.toString("utf16le", paths, digests),
    digests: bytes.toString("latin1", digests, xattrs),
    xattrs: decodeXattrs(bytes.toString("utf8", xattrs, xattrs + bytes.readUInt32LE(48))),
  };
}

function tableOf({ facts, ends, paths, digests, xattrs }: Layout): StatTable {
  const start = (row: number) => (row === 0 ? 0 : (ends[row - 1] as number));
  const pathAt = (row: number) => paths.slice(start(row), ends[row]);
  const isAt = (row: number, path: string) =>
    (ends[row] as number) - start(row) === path.length && paths.startsWith(path, start(row));
  let next = 0;
  return {
    facts,
    rows: ends.length,
    pathAt,
    indexOf(path) {
      if (next < ends.length && isAt(next, path)) return next++;
      const row = lowerBound(ends.length, (at) => comparePaths(pathAt(at), path) < 0);
      next = row;
      return row < ends.length && isAt(row, path) ? next++ : -1;
    },
    known(row) {
      const digest = digests.slice(row * DIGEST, (row + 1) * DIGEST);
      const known = xattrs.get(row) ?? NO_XATTRS;
      return digest === NO_DIGEST ? { xattrs: known } : { digest: digest as Digest, xattrs: known };
    },
  };
}

/** The rows of a table with those of another one, which win over those of the same path. */
export function writeStatTable(before: StatTable, added: StatTable): Buffer {
  const rows = [...mergedRows(before, added)];
  const xattrs = Buffer.from(encodeXattrs(rows));
  const units = rows.reduce((sum, { table, row }) => sum + table.pathAt(row).length, 0);
  const paths = HEADER + rows.length * (FACTS * 8 + 4);
  const digests = paths + units * 2;
  const bytes = Buffer.alloc(digests + rows.length * DIGEST + xattrs.length);
  bytes.write(MAGIC, 0, "latin1");
  for (const [at, number] of [rows.length, units, xattrs.length, 0].entries())
    bytes.writeUInt32LE(number, 40 + at * 4);
  let end = 0;
  for (const [at, { table, row }] of rows.entries()) {
    const path = table.pathAt(row);
    for (let fact = 0; fact < FACTS; fact++)
      bytes.writeDoubleLE(table.facts[row * FACTS + fact] as number, HEADER + (at * FACTS + fact) * 8);
    bytes.write(path, paths + end * 2, "utf16le");
    end += path.length;
    bytes.writeUInt32LE(end, HEADER + rows.length * FACTS * 8 + at * 4);
    bytes.write(table.known(row).digest ?? NO_DIGEST, digests + at * DIGEST, "latin1");
  }
  xattrs.copy(bytes, digests + rows.length * DIGEST);
  checksum(bytes.subarray(40)).copy(bytes, 8);
  return bytes;
}

/** A row of one of two tables. */
interface MergedRow {
  readonly table: StatTable;
  readonly row: number;
}

/** The rows of both in the order of their paths. Those of `before` are in order, added ones need not be. */
function* mergedRows(before: StatTable, added: StatTable): Generator<MergedRow> {
  const byPath = Uint32Array.from({ length: added.rows }, (_, row) => row).sort((a, b) =>
    comparePaths(added.pathAt(a), added.pathAt(b)),
  );
  let old = 0;
  for (const row of byPath) {
    const path = added.pathAt(row);
    for (; old < before.rows && comparePaths(before.pathAt(old), path) < 0; old++)
      yield { table: before, row: old };
    if (old < before.rows && before.pathAt(old) === path) old++;
    yield { table: added, row };
  }
  for (; old < before.rows; old++) yield { table: before, row: old };
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}

function encodeXattrs(rows: readonly MergedRow[]): string {
  const coded = rows.flatMap(({ table, row }, at) => {
    const pairs = Object.entries(table.known(row).xattrs);
    const values = pairs.map(([name, value]) => [name, Buffer.from(value).toString("base64")] as const);
    return pairs.length === 0 ? [] : [[at, Object.fromEntries(values)] as const];
  });
  return JSON.stringify(coded);
}

function decodeXattrs(text: string): ReadonlyMap<number, KnownFile["xattrs"]> {
  const coded = JSON.parse(text) as readonly (readonly [number, Readonly<Record<string, string>>])[];
  return new Map(
    coded.map(([row, values]) => [
      row,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Buffer.from(value, "base64")])),
    ]),
  );
}

/**
 * The values of one column of a table of an SQLite database, row by row: those that are blobs (SQLite, "Database File
 * Format" 1.6 and 2.1). Reads the file as it was last checkpointed; nothing beyond its bytes, and no page twice.
 * A damaged file ends with a RangeError or early.
 */
export function* sqliteBlobs(
  bytes: Buffer,
  { table, column }: { readonly table: string; readonly column: number },
): Generator<Buffer> {
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return;
  const stated = bytes.readUInt16BE(16);
  const size = stated === 1 ? 65536 : stated;
  if (size < 512) return;
  const database: Database = { bytes, size, usable: size - (bytes[20] as number), seen: new Set() };
  for (const row of rowsOf(database, 1)) {
    const [kind, name, root] = [0, 1, 3].map((at) => valueAt(row, at));
    if (kind?.toString("utf8") !== "table" || name?.toString("utf8") !== table || !root) continue;
    for (const found of rowsOf(database, root.readUIntBE(0, root.length))) {
      const value = valueAt(found, column);
      if (value) yield value;
    }
    return;
  }
}

const MAGIC = "SQLite format 3\0";
/** Pages of tables' b-trees; a leaf's rows, or what leads to leaves. */
const [INTERIOR, LEAF] = [5, 13] as const;

interface Database {
  readonly bytes: Buffer;
  /** Of a page. */
  readonly size: number;
  /** Of a page, for content. */
  readonly usable: number;
  readonly seen: Set<number>;
}

/** Payloads of a table's rows, in order. */
function* rowsOf(database: Database, root: number): Generator<Buffer> {
  const waiting = [root];
  for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
    const page = pageAt(database, number);
    if (!page) continue;
    const start = number === 1 ? 100 : 0;
    const kind = page[start];
    const count = page.readUInt16BE(start + 3);
    const cells = Array.from({ length: count }, (_, at) => start + (kind === INTERIOR ? 12 : 8) + 2 * at);
    if (kind === INTERIOR) {
      waiting.push(page.readUInt32BE(start + 8));
      for (const at of cells.reverse()) waiting.push(page.readUInt32BE(page.readUInt16BE(at)));
    } else if (kind === LEAF)
      for (const at of cells) yield payloadAt(database, { page, at: page.readUInt16BE(at) });
  }
}

/** The page of a number, once; nothing where the file has none. */
function pageAt({ bytes, size, seen }: Database, number: number): Buffer | undefined {
  const end = number * size;
  if (number < 1 || end > bytes.length || seen.has(number)) return undefined;
  seen.add(number);
  return bytes.subarray(end - size, end);
}

/** What does not fit beside other rows stands in a chain of pages (1.6, "payload overflow"). */
function payloadAt(database: Database, { page, at }: { readonly page: Buffer; readonly at: number }): Buffer {
  const { usable, bytes } = database;
  const length = varintAt(page, at);
  const row = varintAt(page, length.end);
  const most = usable - 35;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const rest = least + ((length.value - least) % (usable - 4));
  if (length.value > bytes.length) throw new RangeError("a row is longer than its file");
  if (length.value <= most) return page.subarray(row.end, row.end + length.value);
  const local = rest <= most ? rest : least;
  const parts = [page.subarray(row.end, row.end + local)];
  let [left, next] = [length.value - local, page.readUInt32BE(row.end + local)];
  while (left > 0) {
    const more = pageAt(database, next);
    if (!more) throw new RangeError("a row's pages do not follow each other");
    parts.push(more.subarray(4, 4 + Math.min(left, usable - 4)));
    left -= usable - 4;
    next = more.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

/** A column's bytes: text, a blob, or an integer as it stands (2.1, "serial types"). */
function valueAt(row: Buffer, column: number): Buffer | undefined {
  const header = varintAt(row, 0);
  let [at, place] = [header.end, header.value];
  for (let index = 0; at < header.value; index++) {
    const type = varintAt(row, at);
    const size = type.value >= 12 ? (type.value - 12) >> 1 : (INTEGERS[type.value] ?? 0);
    if (index === column) return size > 0 ? row.subarray(place, place + size) : undefined;
    at = type.end;
    place += size;
  }
  return undefined;
}

/** Bytes by serial type; 7 is a number with a fraction, 0, 8 and 9 have none. */
const INTEGERS: readonly number[] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

/** Seven bits a byte, the highest first; longer ones than these are no size of a file that fits in memory. */
function varintAt(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start; at < start + 5; at++) {
    const byte = bytes.readUInt8(at);
    value = value * 128 + (byte & 127);
    if (byte < 128) return { value, end: at + 1 };
  }
  throw new RangeError("a number is too large");
}

/**
 * The values of a hash database of Berkeley DB, which rpm used until 4.16, wherever they are too large for a page of
 * their own, as headers of packages are (Berkeley DB, `dbinc/db_page.h`). A damaged file ends with a RangeError or early.
 */
export function* berkeleyValues(bytes: Buffer): Generator<Buffer> {
  const little = bytes.length >= 512 && bytes.readUInt32LE(12) === HASH_MAGIC;
  if (!little && !(bytes.length >= 512 && bytes.readUInt32BE(12) === HASH_MAGIC)) return;
  const u16 = (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const database: Database = { bytes, size: u32(20), u16, u32, seen: new Set() };
  if (database.size < 512 || database.size > 65536) return;
  for (let start = database.size; start + database.size <= bytes.length; start += database.size)
    if (HASH_PAGES.includes(bytes[start + 25] as number)) yield* valuesOn(database, start);
}

const HASH_MAGIC = 0x061561;
/** Of pages with entries, in order and not. */
const HASH_PAGES: readonly number[] = [2, 13];
const [OVERFLOW_PAGE, HEADER] = [7, 26] as const;
/** Entries by their first byte: on the page itself, and in a chain of pages. */
const [ON_PAGE, ELSEWHERE] = [1, 3] as const;

interface Database {
  readonly bytes: Buffer;
  /** Of a page. */
  readonly size: number;
  u16(at: number): number;
  u32(at: number): number;
  readonly seen: Set<number>;
}

/** Keys and values by turns; each value has its place after its key's. */
function* valuesOn(database: Database, start: number): Generator<Buffer> {
  const { bytes, size, u16, u32 } = database;
  const count = u16(start + 20);
  if (HEADER + 2 * count > size) return;
  for (let index = 1; index < count; index += 2) {
    const [before, own] = [index - 1, index].map((at) => u16(start + HEADER + 2 * at)) as [number, number];
    const at = start + own;
    if (bytes[at] === ELSEWHERE) yield chainAt(database, { number: u32(at + 4), length: u32(at + 8) });
    else if (bytes[at] === ON_PAGE && own < before) yield bytes.subarray(at + 1, start + before);
  }
}

function chainAt(
  { bytes, size, u16, u32, seen }: Database,
  chain: { readonly number: number; readonly length: number },
): Buffer {
  const parts: Buffer[] = [];
  for (let number = chain.number; number !== 0; ) {
    const start = number * size;
    if (start + size > bytes.length || seen.has(number) || bytes[start + 25] !== OVERFLOW_PAGE)
      throw new RangeError("a value's pages do not follow each other");
    seen.add(number);
    parts.push(bytes.subarray(start + HEADER, start + HEADER + u16(start + 22)));
    number = u32(start + 16);
  }
  return Buffer.concat(parts).subarray(0, chain.length);
}

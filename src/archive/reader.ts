import { decodeName, TareError } from "../base/index.ts";
import { type Cursor, cursor } from "./cursor.ts";
import { broken, decodeHeader, isZeroBlock, type RawHeader } from "./decode.ts";
import { paddingLength, TAR_BLOCK, type TarHeader } from "./header.ts";
import { assembleHeader, type Extensions } from "./member.ts";
import { decodePax, type PaxRecord } from "./pax.ts";
import { checkSparse, expandSparse, readOldSparse, readPaxSparse, type SparseMap } from "./sparse.ts";

/** One member of a tar. */
export interface TarMember {
  readonly header: TarHeader;
  /** Where its content starts in the archive; undefined when it is sparse, for then it is not in one piece. */
  readonly offset?: number;
  /**
   * The content, to be read before the next member is asked for, and once; what is left unread is
   * passed over. Chunks are views of the stream's memory.
   */
  content(): AsyncIterable<Uint8Array>;
}

/**
 * The members of an uncompressed tar, in order: V7, ustar, PAX, GNU and star, sparse files expanded.
 * The archive ends at a zero block or where the bytes end; the rest of the stream is read and dropped,
 * so that whoever hashes or decompresses it sees all of it. `integrity-archive` with the byte position
 * for anything that is not a tar or is cut off.
 */
export async function* readTar(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<TarMember> {
  const source = cursor(bytes);
  let extensions: Extensions = NOTHING;
  try {
    for (;;) {
      const at = source.position;
      const block = await source.take(TAR_BLOCK);
      if (block.length === 0 || isZeroBlock(block)) break;
      if (block.length < TAR_BLOCK) throw broken(at, "the archive ends in the middle of it");
      const raw = decodeHeader(block, at);
      if (raw.size < 0) throw broken(at, "a negative size");
      const extended = await readExtension(raw, { source, extensions, at });
      if (extended) {
        extensions = extended;
        continue;
      }
      const sparse = raw.flag === "S" ? await readOldSparse(block.slice(), source, at) : undefined;
      yield* readMember(raw, { source, extensions, at, sparse });
      extensions = { globals: extensions.globals, records: [] };
    }
    if (extensions.records.length > 0 || extensions.longName || extensions.longLink)
      throw broken(source.position, "the archive ends after an extended header");
    await source.skip(Number.POSITIVE_INFINITY);
  } finally {
    await source.close();
  }
}

const NOTHING: Extensions = { globals: [], records: [] };
const MAX_EXTENSION = 1 << 20;
/** Types whose size field does not stand for bytes in the archive. */
const HEADER_ONLY = "123456";

/** What the header adds to its successors, or undefined when it is a member itself. */
async function readExtension(
  raw: RawHeader,
  {
    source,
    extensions,
    at,
  }: { readonly source: Cursor; readonly extensions: Extensions; readonly at: number },
): Promise<Extensions | undefined> {
  switch (raw.flag) {
    case "x":
    case "X":
      return { ...extensions, records: decodePax(await takeExtension(raw, source, at), at + TAR_BLOCK) };
    case "g": {
      const records = decodePax(await takeExtension(raw, source, at), at + TAR_BLOCK);
      return { ...extensions, globals: mergeGlobals(extensions.globals, records, at) };
    }
    case "L":
      return { ...extensions, longName: untilZero(await takeExtension(raw, source, at)) };
    case "K":
      return { ...extensions, longLink: untilZero(await takeExtension(raw, source, at)) };
    // A volume's label, and Solaris's access control lists: nothing that a file has.
    case "V":
    case "A":
      await skipContent(source, { left: raw.size, at });
      await source.skip(paddingLength(raw.size));
      return extensions;
    default:
      return undefined;
  }
}

async function* readMember(
  raw: RawHeader,
  facts: {
    readonly source: Cursor;
    readonly extensions: Extensions;
    readonly at: number;
    readonly sparse: SparseMap | undefined;
  },
): AsyncGenerator<TarMember> {
  const { source, extensions, at } = facts;
  const base = assembleHeader(raw, { extensions, at });
  const stored = HEADER_ONLY.includes(raw.flag) ? 0 : base.size;
  const sparse =
    base.type === "file"
      ? (facts.sparse ?? (await readPaxSparse(extensions.records, { source, stored, at })))
      : undefined;
  if (sparse) checkSparse(sparse, { stored, at });
  const region = { left: stored - (sparse?.mapBytes ?? 0), at };
  const header = finishHeader(base, sparse);
  const offset = sparse ? {} : { offset: source.position };
  let state: "fresh" | "taken" | "past" = "fresh";
  yield {
    header,
    ...offset,
    content: () => {
      if (state !== "fresh")
        throw new TareError(
          "internal-bug",
          `the content of ${JSON.stringify(header.name)} was read ${state}`,
        );
      state = "taken";
      const take = (length: number) => readContent(source, { region, length });
      return sparse ? expandSparse(sparse, take) : take(header.size);
    },
  };
  state = "past";
  await skipContent(source, region);
  region.left = 0;
  // Some programs leave out the padding of the last member.
  await source.skip(paddingLength(stored));
}

function finishHeader(base: TarHeader, sparse: SparseMap | undefined): TarHeader {
  if (base.type !== "file") return { ...base, size: 0 };
  if (!sparse) return base;
  const name = sparse.name === undefined ? base.name : decodeName(sparse.name);
  return { ...base, name, size: sparse.size };
}

interface Region {
  left: number;
  readonly at: number;
}

async function* readContent(
  source: Cursor,
  { region, length }: { readonly region: Region; readonly length: number },
): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0; ) {
    const chunk = await source.some(Math.min(left, region.left));
    if (chunk.length === 0) throw cutOff(source, region);
    left -= chunk.length;
    region.left -= chunk.length;
    yield chunk;
  }
}

async function skipContent(source: Cursor, region: Region): Promise<void> {
  if ((await source.skip(region.left)) < region.left) throw cutOff(source, region);
}

function cutOff(source: Cursor, { at }: Region): TareError {
  return broken(at, `the archive ends at byte ${source.position}, in the middle of the content`);
}

async function takeExtension(raw: RawHeader, source: Cursor, at: number): Promise<Uint8Array> {
  if (raw.size > MAX_EXTENSION) throw broken(at, `an extended header of ${raw.size} bytes`);
  const bytes = (await source.take(raw.size)).slice();
  if (bytes.length < raw.size) throw cutOff(source, { left: 0, at });
  await source.skip(paddingLength(raw.size));
  return bytes;
}

function mergeGlobals(
  before: readonly PaxRecord[],
  after: readonly PaxRecord[],
  at: number,
): readonly PaxRecord[] {
  const merged = new Map([...before, ...after].map((record) => [record.key, record]));
  const size = [...merged.values()].reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  if (size > MAX_EXTENSION) throw broken(at, "global headers that are too long");
  return [...merged.values()];
}

function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

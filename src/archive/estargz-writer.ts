import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { crc32, deflateRaw, deflateRawSync } from "node:zlib";
import { createHasher, type Digest, type Hasher, mapAhead, TareError } from "../base/index.ts";
import { encodeTarHeader } from "./encode.ts";
import { ESTARGZ_TABLE, estargzFooter } from "./estargz.ts";
import { GZIP_HEADER, GZIP_LEVEL, gzipTrailer } from "./gzip.ts";
import { PLAIN_FILE, TAR_END, tarPadding } from "./header.ts";

/** A file's content in an uncompressed tar. */
export interface TarContent {
  /** Where it begins. */
  readonly offset: number;
  /** Bytes; more than none. */
  readonly size: number;
}

/** Where a content went: in parts, each at the beginning of a gzip member. */
export interface StargzContent extends TarContent {
  readonly digest: Digest;
  readonly parts: readonly StargzPart[];
}

export interface StargzPart {
  /** Of the member, in the compressed form. */
  readonly start: number;
  /** Bytes of the content. */
  readonly size: number;
  readonly digest: Digest;
}

export interface EstargzOptions {
  /** What is in the tar, in order. */
  readonly contents: readonly TarContent[];
  /** The table of contents, once all is written but that. */
  readonly table: (contents: readonly StargzContent[]) => Uint8Array;
  /** 0 to 9; default `GZIP_LEVEL`. */
  readonly level?: number;
}

/**
 * Compresses a layer's tar to an eStargz (stargz-snapshotter, estargz.md): gzip, with a member of its own for every 4 MiB of
 * a file, then the table of contents as one more tar and a footer that says where that is. What it decompresses to is the
 * tar and then `tableTar`. The same tar and table give the same bytes always.
 */
export async function* estargz(
  tar: AsyncIterable<Uint8Array>,
  { contents, table, level = GZIP_LEVEL }: EstargzOptions,
): AsyncGenerator<Uint8Array> {
  const written = contents.map((content) => ({
    ...content,
    hasher: createHasher(),
    parts: [] as StargzPart[],
  }));
  let position = 0;
  const members = membersOf(tar, written);
  const compressed = mapAhead(members, availableParallelism(), (member) => compressMember(member, level));
  for await (const { bytes, part } of compressed) {
    if (part) written[part.content]?.parts.push({ start: position, size: part.size, digest: part.digest });
    position += bytes.length;
    yield bytes;
  }
  const json = table(written.map(({ hasher, ...content }) => ({ ...content, digest: hasher.digest() })));
  yield await compress([...tableTar(json)], level);
  yield estargzFooter(position);
}

/** What follows the layer's tar: the table as a tar of its own. */
export function* tableTar(json: Uint8Array): Generator<Uint8Array> {
  yield encodeTarHeader({ ...PLAIN_FILE, name: ESTARGZ_TABLE, mode: 0, size: json.length });
  yield json;
  yield tarPadding(json.length);
  yield TAR_END;
}

/** What becomes one gzip member: a part of a content, and what is behind it in the tar up to the next one. */
interface Member {
  readonly pieces: Uint8Array[];
  readonly part?: { readonly content: number; size: number; readonly hasher: Hasher };
  /** Bytes that are no content. */
  rest: number;
}

type Growing = TarContent & { readonly hasher: Hasher };

/** So many bytes of a file have a member of their own, as with estargz's own writer. */
const PART = 4 << 20;

async function* membersOf(
  tar: AsyncIterable<Uint8Array>,
  contents: readonly Growing[],
): AsyncGenerator<Member> {
  let at = 0;
  let next = 0;
  let member: Member = { pieces: [], rest: 0 };
  for await (const chunk of tar) {
    for (let from = 0; from < chunk.length; ) {
      const content = contents[next];
      const done = content ? at - content.offset : -1;
      const inContent = content !== undefined && done >= 0;
      const isFull = inContent ? done % PART === 0 : member.rest === PART;
      if (isFull && member.pieces.length > 0) {
        yield member;
        member = { pieces: [], rest: 0 };
      }
      if (inContent && done % PART === 0)
        member = { ...member, part: { content: next, size: 0, hasher: createHasher() } };
      const most = inContent
        ? Math.min(content.size - done, PART - (done % PART))
        : Math.min((content?.offset ?? Number.POSITIVE_INFINITY) - at, PART - member.rest);
      // The stream may use a chunk's memory again.
      const piece = Buffer.from(chunk.subarray(from, from + most));
      member.pieces.push(piece);
      from += piece.length;
      at += piece.length;
      if (!inContent) member.rest += piece.length;
      else if (take(member, content, piece) + done === content.size) next++;
    }
  }
  if (next < contents.length)
    throw new TareError("integrity-archive", "a layer's tar ends before a file that its index has in it");
  if (member.pieces.length > 0) yield member;
}

function take({ part }: Member, content: Growing, piece: Uint8Array): number {
  content.hasher.update(piece);
  part?.hasher.update(piece);
  if (part) part.size += piece.length;
  return piece.length;
}

interface Compressed {
  readonly bytes: Uint8Array;
  readonly part?: { readonly content: number; readonly size: number; readonly digest: Digest };
}

async function compressMember({ pieces, part }: Member, level: number): Promise<Compressed> {
  const bytes = await compress(pieces, level);
  return {
    bytes,
    ...(part && { part: { content: part.content, size: part.size, digest: part.hasher.digest() } }),
  };
}

async function compress(pieces: readonly Uint8Array[], level: number): Promise<Uint8Array> {
  const bytes = Buffer.concat(pieces);
  const deflated = bytes.length <= SMALL ? deflateRawSync(bytes, { level }) : await deflate(bytes, { level });
  return Buffer.concat([GZIP_HEADER, deflated, gzipTrailer(crc32(bytes), bytes.length)]);
}

/** Handing less to a thread and back takes longer. */
const SMALL = 16 * 1024;
const deflate = promisify<Uint8Array, { readonly level: number }, Buffer>(deflateRaw);

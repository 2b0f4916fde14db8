import { ESTARGZ_TABLE } from "../archive/index.ts";
import { collectSooner, type Digest, isDigest, sha256 } from "../base/index.ts";
import type { TableOfContents } from "../oci/index.ts";
import { createArchiveDraft } from "./archive-draft.ts";
import { plainEntry, takeMarks } from "./archive-member.ts";
import { type Entry, MANY_ENTRIES } from "./entry.ts";
import type { LayerIndex } from "./layer.ts";
import { oddTable, type TocContent, tocEntries } from "./toc-entries.ts";

/** Where a part of a file's content is in the compressed form of its layer. */
export interface Piece {
  /** Where the compressed form of it begins and ends at the latest; the same for zeros, which are nowhere. */
  readonly start: number;
  readonly end: number;
  /** How many bytes come before it once that is decompressed. */
  readonly skip: number;
  /** Bytes of the content. */
  readonly size: number;
}

/** What a layer's table of contents says: nobody has held it against the layer. */
export interface TocListing {
  /** Without the places of files in the tar. */
  readonly index: LayerIndex;
  /** The parts of each content, in order; not of empty ones. */
  readonly contents: ReadonlyMap<Digest, readonly Piece[]>;
}

/**
 * What a table of contents says is in a layer of `size` bytes, as `indexFromTar` would tell it of the layer's tar.
 * `integrity-archive` where the table is odd in any way, or does not say everything: then only the layer itself can tell.
 */
export function indexFromToc(
  json: Uint8Array,
  { type, size }: { readonly type: TableOfContents["type"]; readonly size: number },
): TocListing {
  const draft = createArchiveDraft();
  const files: FileParts[] = [];
  let entries = 0;
  let hasLandmark = false;
  for (const line of tocEntries(json)) {
    if (++entries === MANY_ENTRIES) collectSooner();
    if (line.type === "chunk") {
      const file = files.at(-1);
      if (!file) throw oddTable("a part of no file");
      file.parts.push(line.content);
      continue;
    }
    const { header, content } = line;
    const isFile = header.type === "file" && header.size > 0;
    if (isFile) files.push({ size: header.size, digest: digestOf(content), parts: [content] });
    const path = takeMarks(draft, header, { whiteouts: true });
    if (path === undefined) continue;
    hasLandmark ||= LANDMARKS.includes(path);
    const entry = plainEntry(header, path);
    draft.put(
      header.type === "file"
        ? { ...entry, size: header.size, digest: isFile ? digestOf(content) : EMPTY }
        : entry,
    );
  }
  if (type === "estargz" && hasLandmark) draft.put(tableEntry(json));
  return { index: { entries: draft.finish() }, contents: contentsOf(files, size) };
}

const EMPTY: Digest = sha256("");

/** A file of the table, with the lines that it has. */
interface FileParts {
  readonly size: number;
  readonly digest: Digest;
  readonly parts: TocContent[];
}

function digestOf({ digest }: TocContent): Digest {
  if (isDigest(digest)) return digest;
  throw oddTable("a file without a digest");
}

function contentsOf(files: readonly FileParts[], layerSize: number): ReadonlyMap<Digest, readonly Piece[]> {
  const starts = [...new Set(files.flatMap(({ parts }) => parts.map(({ offset }) => offset)))];
  const sorted = [...starts, layerSize].sort((a, b) => a - b);
  const next = new Map(sorted.map((start, at) => [start, sorted[at + 1] ?? layerSize]));
  const contents = new Map<Digest, readonly Piece[]>();
  const sizes = new Map<Digest, number>();
  let total = 0;
  for (const file of files) {
    total += file.size;
    if (total > MOST_GROWTH.floor && total > MOST_GROWTH.ratio * layerSize)
      throw oddTable("its files are larger than what such a layer can hold");
    const known = sizes.get(file.digest) ?? file.size;
    if (known !== file.size) throw oddTable("one content is said to have several sizes");
    sizes.set(file.digest, file.size);
    contents.set(file.digest, piecesOf(file, { next, layerSize }));
  }
  return contents;
}

/** As for layers that are read as a whole: what shrinks to less is made to fill a disk. */
const MOST_GROWTH = { floor: 1 << 30, ratio: 200 };

function piecesOf(
  { size, parts }: FileParts,
  { next, layerSize }: { readonly next: ReadonlyMap<number, number>; readonly layerSize: number },
): readonly Piece[] {
  let done = 0;
  const pieces = parts.map(({ offset, endOffset, innerOffset, chunkOffset, chunkSize, isHole }): Piece => {
    if (chunkOffset !== done) throw oddTable("the parts of a file are not one after the other");
    const length = chunkSize === 0 ? size - done : chunkSize;
    done += length;
    if (done > size) throw oddTable("the parts of a file are more than the whole of it");
    if (isHole) return { start: 0, end: 0, skip: 0, size: length };
    const end = endOffset ?? Math.min(next.get(offset) ?? 0, offset + mostCompressed(innerOffset + length));
    const isFar = innerOffset > MOST_GROWTH.floor;
    if (offset >= end || end > layerSize || isFar)
      throw oddTable("a file is said to be where its layer has none");
    return { start: offset, end, skip: innerOffset, size: length };
  });
  if (done !== size) throw oddTable("the parts of a file are not the whole of it");
  return pieces;
}

/** What deflate makes of so many bytes at most (RFC 1951, 3.2.4: stored blocks), with the ends of a gzip member. */
function mostCompressed(size: number): number {
  return size + Math.ceil(size / 1000) + 1024;
}

/**
 * The table of eStargz is itself a file of the layer where a landmark is. Without one it stands behind the end of the tar,
 * which BuildKit leaves as it is.
 */
const LANDMARKS: readonly string[] = [".prefetch.landmark", ".no.prefetch.landmark"];

/** As estargz's own writer makes its header. */
function tableEntry(json: Uint8Array): Entry {
  const owner = { mode: 0, uid: 0, gid: 0, mtime: 0 };
  return { path: ESTARGZ_TABLE, kind: "file", ...owner, size: json.length, digest: sha256(json) };
}

import { encodeTarHeader, TAR_END, type TarHeader, tarHeaderSize, tarPadding } from "../archive/index.ts";
import { type Digest, TareError } from "../base/index.ts";
import type { Entry, EntryKind } from "./entry.ts";
import type { Bytes, LayerIndex } from "./layer.ts";
import { baseName } from "./path.ts";
import { OPAQUE_NAME, WHITEOUT_PREFIX, whiteoutPath } from "./whiteout.ts";

/**
 * The layer's tar: the same index and contents give the same bytes always. `read` gives a file's
 * content and is called once for each file that is not empty, in order. Small pieces are gathered into
 * chunks of up to 256 KiB, large ones of a content are given on as they are. `integrity-archive` when a content is longer or shorter than the entry
 * says; `user-unsupported` for a file that a layer can not hold (its name begins with `.wh.`).
 */
export async function* tarFromIndex(
  index: LayerIndex,
  read: (entry: Entry) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const batch = createBatch();
  for (const entry of index.entries) {
    // Plain loops, because yield* waits even where there is nothing to give.
    for (const chunk of batch.add(encodeTarHeader(tarHeaderOf(entry)))) yield chunk;
    if (entry.size === 0) continue;
    yield* addContent(batch, entry, read(entry));
    for (const chunk of batch.add(tarPadding(entry.size))) yield chunk;
  }
  for (const chunk of batch.add(TAR_END)) yield chunk;
  for (const chunk of batch.flush()) yield chunk;
}

/** How many bytes `tarFromIndex` gives. */
export function tarSizeOfIndex(index: LayerIndex): number {
  return index.entries.reduce((size, entry) => size + memberSize(entry), TAR_END.length);
}

/**
 * The same index with each file's `offset` in the tar that `tarFromIndex` makes of it. `digestOf` is asked for each file
 * in order for the digest of its content, undefined where nobody knows it.
 */
export function withTarOffsets(
  index: LayerIndex,
  digestOf: (file: Entry) => Digest | undefined = ({ digest }) => digest,
): LayerIndex {
  let position = 0;
  const entries = index.entries.map((entry) => {
    const start = position;
    position += memberSize(entry);
    if (entry.kind !== "file") return entry;
    const offset = start + tarHeaderSize(tarHeaderOf(entry));
    return placedFile(entry, offset, digestOf(entry));
  });
  return { entries };
}

/** Written out, because objects that are spread take half as much room again, and there are many. */
function placedFile(entry: Entry, offset: number, digest: Digest | undefined): Entry {
  if (entry.xattrs || digest === undefined) return { ...entry, offset, ...(digest && { digest }) };
  const { path, kind, mode, uid, gid, mtime, size } = entry;
  return { path, kind, mode, uid, gid, mtime, size, digest, offset };
}

/** The header that an entry has in its layer's tar; a whiteout is an empty file (OCI image-spec, layer.md). */
function tarHeaderOf(entry: Entry): TarHeader {
  const { path, kind, link = "", device, xattrs } = entry;
  const header = plainHeader(entry, link);
  switch (kind) {
    case "whiteout":
      header.name = whiteoutPath(path);
      break;
    case "opaque":
      header.name = path;
      break;
    default:
      header.name = tarName(path, kind);
      header.type = kind;
  }
  // Spreading costs more than all the rest, and hardly any entry has these.
  return device || xattrs ? { ...header, ...(device && { device }), ...(xattrs && { xattrs }) } : header;
}

/** Of a file without a name, with the fields of `TarHeader` that can still change. */
function plainHeader({ mode, uid, gid, mtime, size }: Entry, linkname: string): Writable<TarHeader> {
  return { name: "", type: "file", mode, uid, gid, uname: "", gname: "", size, mtime, linkname };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function tarName(path: string, kind: EntryKind): string {
  if (path.includes(WHITEOUT_PREFIX) && baseName(path).startsWith(WHITEOUT_PREFIX)) throw reserved(path);
  if (kind !== "dir") return path;
  return path === "" ? "./" : `${path}/`;
}

function reserved(path: string): TareError {
  return new TareError("user-unsupported", `the file /${path} can not be part of an image`, {
    hint: `rename it: in an image's layers a name that begins with ${WHITEOUT_PREFIX} removes a file (${OPAQUE_NAME} empties a directory)`,
  });
}

function memberSize(entry: Entry): number {
  return tarHeaderSize(tarHeaderOf(entry)) + entry.size + tarPadding(entry.size).length;
}

async function* addContent(batch: Batch, entry: Entry, content: Bytes): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of content) {
    length += chunk.length;
    if (length > entry.size) break;
    for (const piece of batch.add(chunk)) yield piece;
  }
  if (length === entry.size) return;
  const difference = length > entry.size ? "longer" : `only ${length} bytes`;
  throw new TareError(
    "integrity-archive",
    `the content of ${entry.path} is ${difference}, not of ${entry.size} bytes`,
    {
      hint: "it was changed while it was read, or the store is damaged; try again",
    },
  );
}

/** Gathers small pieces into chunks of one size; large ones pass as they are. */
interface Batch {
  add(bytes: Uint8Array): readonly Uint8Array[];
  flush(): readonly Uint8Array[];
}

const CHUNK = 256 * 1024;
const LARGE = 64 * 1024;

function createBatch(): Batch {
  let buffer = Buffer.allocUnsafeSlow(CHUNK);
  let start = 0;
  let end = 0;

  function flush(): readonly Uint8Array[] {
    if (start === end) return NOTHING;
    const chunk = buffer.subarray(start, end);
    start = end;
    return [chunk];
  }

  function add(bytes: Uint8Array): readonly Uint8Array[] {
    if (bytes.length >= LARGE) return [...flush(), bytes];
    let full = NOTHING;
    if (end + bytes.length > CHUNK) {
      full = flush();
      buffer = Buffer.allocUnsafeSlow(CHUNK);
      start = 0;
      end = 0;
    }
    buffer.set(bytes, end);
    end += bytes.length;
    return full;
  }

  return { add, flush };
}

const NOTHING: readonly Uint8Array[] = [];

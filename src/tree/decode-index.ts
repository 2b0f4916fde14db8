import { crc32 } from "node:zlib";
import { collectSooner, type Digest, TareError } from "../base/index.ts";
import { type Entry, MANY_ENTRIES } from "./entry.ts";
import { KINDS, readHeader, readTrailer } from "./index-format.ts";
import type { LayerIndex } from "./layer.ts";

/** Reads what `encodeIndex` wrote. `integrity-store` when it is damaged, cut off or of another version. */
export async function decodeIndex(bytes: AsyncIterable<Uint8Array>): Promise<LayerIndex> {
  const decoder = createDecoder();
  for await (const chunk of bytes) decoder.push(chunk);
  return decoder.finish();
}

/** The same for an index that is in memory as a whole. */
export function decodeIndexBuffer(bytes: Uint8Array): LayerIndex {
  const decoder = createDecoder();
  // Piece by piece, so that the parsed lines of one piece are garbage before the next one is parsed.
  for (let at = 0; at < bytes.length; at += PIECE) decoder.push(bytes.subarray(at, at + PIECE));
  return decoder.finish();
}

interface Decoder {
  push(chunk: Uint8Array): void;
  finish(): LayerIndex;
}

function createDecoder(): Decoder {
  const entries: Entry[] = [];
  let rest: Uint8Array = new Uint8Array(0);
  let announced: number | undefined;
  let checksum = 0;
  let closed = false;
  let previous = "";

  function take(lines: Uint8Array): void {
    if (closed) throw damaged("something follows its end");
    const parsed = parseLines(lines);
    const start = announced === undefined ? 1 : 0;
    announced ??= headerOf(parsed[0]);
    if (start === 1 && announced > MANY_ENTRIES) collectSooner();
    const stated = readTrailer(parsed.at(-1));
    const end = stated === undefined ? parsed.length : parsed.length - 1;
    for (let at = start; at < end; at++) {
      const entry = entryOf(parsed[at], previous);
      previous = entry.path;
      entries.push(entry);
    }
    closed = stated !== undefined;
    const covered = closed ? lines.subarray(0, lines.lastIndexOf(LINE_FEED, lines.length - 2) + 1) : lines;
    checksum = crc32(covered, checksum);
    if (closed && checksum !== stated) throw damaged("its checksum is wrong");
  }

  return {
    push: (chunk) => {
      const end = chunk.lastIndexOf(LINE_FEED) + 1;
      if (end > 0)
        take(rest.length > 0 ? Buffer.concat([rest, chunk.subarray(0, end)]) : chunk.subarray(0, end));
      // The stream may use a chunk's memory again, so what is kept of it has to be a copy.
      const tail = chunk.slice(end);
      rest = end > 0 || rest.length === 0 ? tail : Buffer.concat([rest, tail]);
    },
    finish: () => {
      if (!closed || rest.length > 0 || entries.length !== announced) throw damaged("it is cut off");
      return { entries };
    },
  };
}

const PIECE = 256 * 1024;
const LINE_FEED = 0x0a;

/** One call of the parser for many lines is several times faster than one for each. */
function parseLines(bytes: Uint8Array): readonly unknown[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength - 1).toString("utf8");
  try {
    return JSON.parse(`[${text.replaceAll("\n", ",")}]`) as readonly unknown[];
  } catch (error) {
    throw damaged("a line of it is not JSON", error);
  }
}

function headerOf(line: unknown): number {
  const entries = readHeader(line);
  if (entries === undefined) throw damaged("its first line is not that of a layer index of this version");
  return entries;
}

/** The fields as `index-format.ts` lists them. */
type EntryLine = readonly [
  shared: number,
  rest: string,
  kind: number,
  mode: number,
  uid: number,
  gid: number,
  mtime: number,
  size: number,
  digest?: Digest | null,
  offset?: number,
  ...rare: readonly unknown[],
];

function entryOf(line: unknown, previous: string): Entry {
  if (!isEntryLine(line)) throw damaged("a line of it is not an entry");
  const [shared, rest, kindNumber, mode, uid, gid, mtime, size, digest, offset] = line;
  const kind = KINDS[kindNumber];
  if (kind === undefined) throw damaged("a line of it is of no known kind");
  const path = shared === 0 ? rest : previous.slice(0, shared) + rest;
  // The usual cases as literals, because objects that grow later take more memory.
  if (line.length === 8) return { path, kind, mode, uid, gid, mtime, size };
  if (line.length === 9 && digest) return { path, kind, mode, uid, gid, mtime, size, digest };
  if (line.length === 10 && digest && offset !== undefined)
    return { path, kind, mode, uid, gid, mtime, size, digest, offset };
  return { path, kind, mode, uid, gid, mtime, size, ...rareFields(line) };
}

function isEntryLine(line: unknown): line is EntryLine {
  if (!Array.isArray(line) || line.length < 8 || typeof line[1] !== "string") return false;
  for (let at = 0; at < 8; at++) if (at !== 1 && typeof line[at] !== "number") return false;
  return true;
}

type RareFields = Pick<Entry, "digest" | "offset" | "link" | "device" | "xattrs">;

function rareFields(line: readonly unknown[]): RareFields {
  const [digest, offset, link, device, xattrs] = line.slice(8);
  return {
    ...(typeof digest === "string" && { digest: digest as Digest }),
    ...(typeof offset === "number" && { offset }),
    ...(typeof link === "string" && { link }),
    ...(Array.isArray(device) && { device: { major: Number(device[0]), minor: Number(device[1]) } }),
    ...(Array.isArray(xattrs) && { xattrs: decodeXattrs(xattrs) }),
  };
}

function decodeXattrs(pairs: readonly unknown[]): Readonly<Record<string, Uint8Array>> {
  const xattrs: [string, Uint8Array][] = [];
  for (let at = 0; at < pairs.length; at += 2)
    xattrs.push([String(pairs[at]), Buffer.from(String(pairs[at + 1]), "base64")]);
  return Object.fromEntries(xattrs);
}

function damaged(why: string, cause?: unknown): TareError {
  return new TareError("integrity-store", `damaged layer index: ${why}`, {
    hint: "run the build again: a layer whose index is damaged is made anew",
    ...(cause !== undefined && { cause }),
  });
}

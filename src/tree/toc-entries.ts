import type { TarHeader, TarType } from "../archive/index.ts";
import { TareError } from "../base/index.ts";

/** One line of a layer's table of contents, checked. */
export type TocEntry =
  | { readonly type: "member"; readonly header: TarHeader; readonly content: TocContent }
  /** A further part of the file before it. */
  | { readonly type: "chunk"; readonly content: TocContent };

/** What a line says of where bytes of a file are; see `Piece`. */
export interface TocContent {
  /** Of the whole file, as it was written. */
  readonly digest: string;
  /** Where its compressed form begins; 0 where nobody says. */
  readonly offset: number;
  /** Where that ends, if the table says so. */
  readonly endOffset?: number;
  readonly innerOffset: number;
  readonly chunkOffset: number;
  /** 0 for all that is left of the file. */
  readonly chunkSize: number;
  /** Whether there are only zeros, which are nowhere. */
  readonly isHole: boolean;
}

/**
 * The lines of the JSON that eStargz and zstd:chunked keep (estargz.md, "TOC"; containers/storage,
 * "internal.FileMetadata"). `integrity-archive` for anything that neither has.
 */
export function* tocEntries(json: Uint8Array): Generator<TocEntry> {
  const { version, entries } = recordOf(parsed(json));
  if (version !== 1 || !Array.isArray(entries)) throw oddTable("it is of no known version");
  for (const value of entries) yield entryOf(recordOf(value));
}

export function oddTable(why: string): TareError {
  return new TareError("integrity-archive", `a layer's table of contents can not be used: ${why}`);
}

type Fields = Readonly<Record<string, unknown>>;

const TYPES: Readonly<Record<string, TarType>> = {
  reg: "file",
  dir: "dir",
  symlink: "symlink",
  hardlink: "hardlink",
  char: "char",
  block: "block",
  fifo: "fifo",
};

function entryOf(fields: Fields): TocEntry {
  const type = textIn(fields, "type");
  const content = contentOf(fields);
  if (type === "chunk") return { type, content };
  const known = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (known === undefined) throw oddTable(`a line of the type ${JSON.stringify(type)}`);
  return { type: "member", header: headerOf(fields, known), content };
}

function headerOf(fields: Fields, type: TarType): TarHeader {
  const xattrs = xattrsIn(fields);
  const isDevice = type === "char" || type === "block";
  const isLink = type === "symlink" || type === "hardlink";
  return {
    name: nameIn(fields, "name"),
    type,
    mode: numberIn(fields, "mode") & 0o7777,
    uid: ownerIn(fields, "uid"),
    gid: ownerIn(fields, "gid"),
    uname: "",
    gname: "",
    size: type === "file" ? numberIn(fields, "size") : 0,
    mtime: timeIn(fields),
    linkname: isLink ? nameIn(fields, "linkName") : "",
    ...(isDevice && { device: { major: numberIn(fields, "devMajor"), minor: numberIn(fields, "devMinor") } }),
    ...(xattrs && { xattrs }),
  };
}

function contentOf(fields: Fields): TocContent {
  const chunkType = textIn(fields, "chunkType");
  if (chunkType !== "" && chunkType !== "zeros") throw oddTable(`a part of the type ${chunkType}`);
  return {
    digest: textIn(fields, "digest"),
    offset: numberIn(fields, "offset"),
    ...(fields.endOffset !== undefined && { endOffset: numberIn(fields, "endOffset") }),
    innerOffset: numberIn(fields, "innerOffset"),
    chunkOffset: numberIn(fields, "chunkOffset"),
    chunkSize: numberIn(fields, "chunkSize"),
    isHole: chunkType === "zeros",
  };
}

function numberIn(fields: Fields, key: string): number {
  const value = fields[key] ?? 0;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw oddTable(`${key} is ${JSON.stringify(value)}`);
}

function ownerIn(fields: Fields, key: string): number {
  const value = numberIn(fields, key);
  if (value <= MAX_ID) return value;
  throw oddTable(`${key} is ${value}`);
}

/** -1 as an unsigned number means "no owner" to the kernel. */
const MAX_ID = 0xfffffffe;

function textIn(fields: Fields, key: string): string {
  const value = fields[key] ?? "";
  if (typeof value === "string") return value;
  throw oddTable(`${key} is no text`);
}

/** Whoever wrote it put U+FFFD in the place of what is no UTF-8, so such a name is lost; the layer itself has it. */
function nameIn(fields: Fields, key: string): string {
  const name = textIn(fields, key);
  if (name === "" || name.includes("\0") || name.includes("\ufffd") || LONE_SURROGATE.test(name))
    throw oddTable(`${key} is ${JSON.stringify(name)}`);
  return name;
}

const LONE_SURROGATE = /\p{Cs}/u;

function timeIn(fields: Fields): number {
  const text = textIn(fields, "modtime");
  if (text === "") return 0;
  const time = Math.floor(Date.parse(text) / 1000);
  if (Number.isSafeInteger(time)) return time;
  throw oddTable(`modtime is ${JSON.stringify(text)}`);
}

function xattrsIn({ xattrs }: Fields): Record<string, Uint8Array> | undefined {
  const pairs = Object.entries(recordOf(xattrs ?? {}));
  if (pairs.length === 0) return undefined;
  // Object.fromEntries defines keys, so that even the name __proto__ is one.
  return Object.fromEntries(
    pairs.map(([name, value]) => {
      if (value !== null && typeof value !== "string") throw oddTable("an extended attribute is no text");
      return [name, Buffer.from(value ?? "", "base64")];
    }),
  );
}

function recordOf(value: unknown): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw oddTable("it is not as it should be");
}

function parsed(json: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(json.buffer, json.byteOffset, json.byteLength).toString("utf8"));
  } catch {
    throw oddTable("it is no JSON");
  }
}

import { encodeName, TareError } from "../base/index.ts";
import { paddingLength, TAR_BLOCK, type TarHeader, type TarType } from "./header.ts";
import { fitsOctal, putOctal } from "./number-field.ts";
import { encodePax } from "./pax.ts";
import { xattrKey } from "./xattr-keys.ts";

/**
 * The bytes that stand before a member's content: one ustar block when everything fits into it, else
 * an extended header (POSIX.1-2017, pax) and that block. The same header gives the same bytes always.
 * A directory's name ends in `/`, added when it is missing; `size` counts for files alone.
 */
export function encodeTarHeader(header: TarHeader): Uint8Array {
  const records = paxRecords(header);
  const main = headerBlock(header, records);
  return records.size === 0 ? main : Buffer.concat([paxMember(records), main]);
}

/** How many bytes `encodeTarHeader` gives, so that the size of a tar is known before it is made. */
export function tarHeaderSize(header: TarHeader): number {
  const records = paxRecords(header);
  if (records.size === 0) return TAR_BLOCK;
  const size = encodePax(records).length;
  return TAR_BLOCK + size + paddingLength(size) + TAR_BLOCK;
}

/** How many bytes a member takes in the archive: header, content and padding. */
export function tarMemberSize(header: TarHeader): number {
  const size = contentSize(header);
  return tarHeaderSize(header) + size + paddingLength(size);
}

const FLAGS: Readonly<Record<TarType, string>> = {
  file: "0",
  hardlink: "1",
  symlink: "2",
  char: "3",
  block: "4",
  dir: "5",
  fifo: "6",
};

/** Offset and length of each field in the block. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkname: [157, 100],
  magic: [257, 8],
  uname: [265, 32],
  gname: [297, 32],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
} as const;

type FieldName = keyof typeof FIELD;

/** What the ustar block has no room for. */
function paxRecords(header: TarHeader): ReadonlyMap<string, Uint8Array> {
  const records = new Map<string, Uint8Array>();
  const name = nameBytes(header);
  if (!splitName(name)) records.set("path", name);
  const link = checkedName(header.linkname);
  if (link.length > FIELD.linkname[1]) records.set("linkpath", link);
  for (const field of ["uid", "gid", "mtime"] as const) {
    if (!Number.isSafeInteger(header[field]) || (header[field] < 0 && field !== "mtime"))
      throw unwritable(header, `${field} ${header[field]}`);
    if (!fitsOctal(header[field], FIELD[field][1])) records.set(field, Buffer.from(String(header[field])));
  }
  const size = contentSize(header);
  if (!Number.isSafeInteger(size) || size < 0) throw unwritable(header, `size ${size}`);
  if (!fitsOctal(size, FIELD.size[1])) records.set("size", Buffer.from(String(size)));
  for (const field of ["uname", "gname"] as const) {
    const bytes = checkedName(header[field]);
    if (bytes.length >= FIELD[field][1]) records.set(field, bytes);
  }
  for (const [key, value] of Object.entries(header.xattrs ?? {})) records.set(xattrKey(key), value);
  return records;
}

function headerBlock(header: TarHeader, records: ReadonlyMap<string, Uint8Array>): Buffer {
  const block = Buffer.alloc(TAR_BLOCK);
  const name = nameBytes(header);
  const split = splitName(name) ?? { prefix: name.subarray(0, 0), name };
  put(block, "name", split.name);
  put(block, "prefix", split.prefix);
  put(block, "linkname", checkedName(header.linkname));
  put(block, "type", FLAGS[header.type]);
  putNumber(block, "mode", header.mode & 0o7777);
  putNumber(block, "uid", records.has("uid") ? 0 : header.uid);
  putNumber(block, "gid", records.has("gid") ? 0 : header.gid);
  putNumber(block, "size", records.has("size") ? 0 : contentSize(header));
  putNumber(block, "mtime", records.has("mtime") ? 0 : header.mtime);
  put(block, "uname", records.has("uname") ? "" : checkedName(header.uname));
  put(block, "gname", records.has("gname") ? "" : checkedName(header.gname));
  putDevice(block, header);
  return sealed(block);
}

/** The extended header as a member of its own; its name is what Python's tarfile gives it too. */
function paxMember(records: ReadonlyMap<string, Uint8Array>): Buffer {
  const body = encodePax(records);
  const block = Buffer.alloc(TAR_BLOCK);
  put(block, "name", "././@PaxHeader");
  put(block, "type", "x");
  putNumber(block, "mode", 0o644);
  for (const field of ["uid", "gid", "mtime", "major", "minor"] as const) putNumber(block, field, 0);
  putNumber(block, "size", body.length);
  return Buffer.concat([sealed(block), body, Buffer.alloc(paddingLength(body.length))]);
}

/** Sets the magic, then the checksum, which counts its own field as spaces. */
function sealed(block: Buffer): Buffer {
  put(block, "magic", "ustar\x0000");
  put(block, "checksum", "        ");
  let sum = 0;
  for (let at = 0; at < TAR_BLOCK; at++) sum += block[at] as number;
  // Six digits, a NUL and the space that is there already.
  putOctal(block, sum, { offset: FIELD.checksum[0], length: 7 });
  block[FIELD.checksum[0] + 6] = 0;
  return block;
}

function putDevice(block: Buffer, header: TarHeader): void {
  const { major, minor } = header.device ?? { major: 0, minor: 0 };
  if (!fitsOctal(major, 8) || !fitsOctal(minor, 8)) throw unwritable(header, `device ${major}:${minor}`);
  putNumber(block, "major", major);
  putNumber(block, "minor", minor);
}

function putNumber(block: Buffer, field: FieldName, value: number): void {
  const [offset, length] = FIELD[field];
  putOctal(block, value, { offset, length });
}

/** Writes what fits of a value; what does not is in an extended header as well. */
function put(block: Buffer, field: FieldName, value: Uint8Array | string): void {
  const [offset, length] = FIELD[field];
  if (typeof value === "string") block.write(value, offset, length, "latin1");
  else if (value.length > 0) block.set(value.length > length ? value.subarray(0, length) : value, offset);
}

/** Divides a name at a slash so that it fits into the two fields; undefined when none does. */
function splitName(name: Uint8Array): { readonly prefix: Uint8Array; readonly name: Uint8Array } | undefined {
  const [, width] = FIELD.name;
  if (name.length <= width) return { prefix: name.subarray(0, 0), name };
  // The rightmost slash that leaves a name: the slash that ends a directory's name does not count.
  const slash = name.lastIndexOf(SLASH, Math.min(FIELD.prefix[1], name.length - 2));
  if (slash < 1 || name.length - slash - 1 > width) return undefined;
  return { prefix: name.subarray(0, slash), name: name.subarray(slash + 1) };
}

const SLASH = 0x2f;

function nameBytes(header: TarHeader): Buffer {
  const closed = header.name.endsWith("/");
  if (header.type === "dir") return checkedName(closed ? header.name : `${header.name}/`);
  // A reader takes a name that ends so for a directory's, and an empty one for none at all.
  if (closed || header.name === "") throw unwritable(header, "the name");
  return checkedName(header.name);
}

function checkedName(name: string): Buffer {
  if (name.includes("\0"))
    throw new TareError("integrity-archive", `a tar can not hold the name ${JSON.stringify(name)}`);
  return encodeName(name);
}

function contentSize(header: TarHeader): number {
  return header.type === "file" ? header.size : 0;
}

function unwritable(header: TarHeader, what: string): TareError {
  return new TareError("integrity-archive", `a tar can not hold ${what} of ${JSON.stringify(header.name)}`);
}

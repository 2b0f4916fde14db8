import { decodeName, encodeName } from "../base/index.ts";
import { broken, type RawHeader } from "./decode.ts";
import type { TarHeader, TarType } from "./header.ts";
import type { PaxRecord } from "./pax.ts";
import { decodeXattr, isExactXattr } from "./xattr-keys.ts";

/** What the members before a header say about it. */
export interface Extensions {
  /** Records of the global headers so far, the last one of each key. */
  readonly globals: readonly PaxRecord[];
  /** Records of this member's own extended header, in their order. */
  readonly records: readonly PaxRecord[];
  readonly longName?: Uint8Array;
  readonly longLink?: Uint8Array;
}

/**
 * A header with everything applied that was said about it before. Its size is that of the bytes in the
 * archive, which a sparse file has fewer of; `at` is the header's position, for errors.
 */
export function assembleHeader(
  raw: RawHeader,
  { extensions, at }: { readonly extensions: Extensions; readonly at: number },
): TarHeader {
  const pax = paxValues(extensions, at);
  const name = decodeName(pax.text("path") ?? extensions.longName ?? raw.name);
  const type = typeOf(raw.flag, { name, at });
  const linkname = decodeName(pax.text("linkpath") ?? extensions.longLink ?? raw.linkname);
  const xattrs = collectXattrs(extensions);
  if (name === "") throw broken(at, "a member without a name");
  return {
    name,
    type,
    mode: raw.mode,
    uid: pax.integer("uid") ?? raw.uid,
    gid: pax.integer("gid") ?? raw.gid,
    uname: pax.name("uname") ?? raw.uname,
    gname: pax.name("gname") ?? raw.gname,
    size: pax.integer("size") ?? raw.size,
    mtime: pax.seconds("mtime") ?? raw.mtime,
    linkname: type === "hardlink" || type === "symlink" ? linkname : "",
    ...((type === "char" || type === "block") && { device: { major: raw.major, minor: raw.minor } }),
    ...(xattrs && { xattrs }),
  };
}

interface PaxValues {
  text(key: string): Uint8Array | undefined;
  name(key: string): string | undefined;
  integer(key: string): number | undefined;
  seconds(key: string): number | undefined;
}

function paxValues({ globals, records }: Extensions, at: number): PaxValues {
  /** An empty value takes back what a global header said. */
  function text(key: string): Uint8Array | undefined {
    const own = records.findLast((record) => record.key === key);
    const value = (own ?? globals.find((record) => record.key === key))?.value;
    if (value?.includes(0)) throw broken(at, `a zero byte in the record ${key}`);
    return value?.length === 0 ? undefined : value;
  }
  function matched(key: string, pattern: RegExp): number | undefined {
    const value = text(key);
    if (value === undefined) return undefined;
    const digits = Buffer.from(value).toString("latin1");
    const number = pattern.test(digits) ? Math.floor(Number(digits)) : Number.NaN;
    if (!Number.isSafeInteger(number)) throw broken(at, `the record ${key} is not a number that can be read`);
    return number;
  }
  return {
    text,
    name: (key) => {
      const value = text(key);
      return value && decodeName(value);
    },
    integer: (key) => matched(key, /^[0-9]+$/),
    seconds: (key) => matched(key, /^-?[0-9]+(?:\.[0-9]*)?$/),
  };
}

const TYPES: Readonly<Record<string, TarType>> = {
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "dir",
  "6": "fifo",
  // Contiguous files of old systems, sparse files and dumped directories of GNU tar.
  "7": "file",
  S: "file",
  D: "dir",
};

function typeOf(flag: string, { name, at }: { readonly name: string; readonly at: number }): TarType {
  const type = Object.hasOwn(TYPES, flag) ? TYPES[flag] : undefined;
  if (type === undefined) throw broken(at, `a member of the unknown type ${JSON.stringify(flag)}`);
  // Before POSIX a directory was a file whose name ends in a slash.
  return type === "file" && name.endsWith("/") ? "dir" : type;
}

function collectXattrs({ globals, records }: Extensions): Record<string, Uint8Array> | undefined {
  const found = new Map<string, Uint8Array>();
  const exact = new Set<string>();
  for (const record of [...globals, ...records]) {
    const xattr = decodeXattr(record);
    if (!xattr || (exact.has(xattr.name) && !isExactXattr(record.key))) continue;
    if (isExactXattr(record.key)) exact.add(xattr.name);
    found.set(xattr.name, xattr.value);
  }
  // Object.fromEntries defines keys, so that even the name __proto__ is one.
  return found.size === 0
    ? undefined
    : Object.fromEntries([...found].sort(([a], [b]) => Buffer.compare(encodeName(a), encodeName(b))));
}

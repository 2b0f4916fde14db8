import type { EntryKind } from "./entry.ts";

/*
 * The stored form of a layer index: lines of JSON in UTF-8, each closed by a line feed.
 *
 *   {"tareIndex":1,"entries":2}
 *   [0,"bin",1,493,0,0,1700000000,0]
 *   [3,"/sh",0,493,0,0,1700000000,125688,"sha256:…",1024]
 *   {"crc32":3421780262}
 *
 * A line's fields, absent at its end where nothing follows and `null` before that: how many UTF-16
 * units of the path are those of the line before it, the rest of the path, the kind, mode, uid, gid,
 * mtime, size, digest, offset, link, [major, minor], [xattr, base 64, …]. Lone surrogates, which stand
 * for bytes that are no UTF-8, become JSON escapes. The checksum is that of all bytes before its line.
 */

const VERSION = 1;

/** Kinds by the number that stands for them; new ones go to the end. */
export const KINDS: readonly EntryKind[] = [
  "file",
  "dir",
  "symlink",
  "hardlink",
  "char",
  "block",
  "fifo",
  "whiteout",
  "opaque",
];

export function headerLine(entries: number): string {
  return `${JSON.stringify({ tareIndex: VERSION, entries })}\n`;
}

export function trailerLine(checksum: number): string {
  return `${JSON.stringify({ crc32: checksum })}\n`;
}

/** How many entries a header line announces, or undefined when it is not one of this version. */
export function readHeader(line: unknown): number | undefined {
  if (typeof line !== "object" || line === null) return undefined;
  if (!("tareIndex" in line && line.tareIndex === VERSION && "entries" in line)) return undefined;
  return Number.isSafeInteger(line.entries) ? Number(line.entries) : undefined;
}

/** The checksum of a trailer line, or undefined when it is none. */
export function readTrailer(line: unknown): number | undefined {
  if (typeof line !== "object" || line === null || !("crc32" in line)) return undefined;
  return typeof line.crc32 === "number" ? line.crc32 : undefined;
}

/** How many UTF-16 units two paths have in common at their beginning. */
export function sharedLength(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

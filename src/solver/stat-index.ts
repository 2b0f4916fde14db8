import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, ensureDirectory, hexOf, readIfExists, sha256, writeFileAtomic } from "../base/index.ts";
import type { FileStat } from "../tree/index.ts";

/** What is remembered of a file while its stat facts stay the same. */
export interface KnownFile {
  /** Absent as long as nobody asked for it. */
  readonly digest?: Digest;
  readonly xattrs: Readonly<Record<string, Uint8Array>>;
}

/**
 * Digests and attributes of a context's files from earlier builds. A file counts as unchanged when device, inode, size,
 * mtime and ctime are the same, and its ctime is clearly older than its reading: one that
 * was written at about the same moment may have been written again within the clock's resolution.
 */
export interface StatIndex {
  find(path: string, stat: FileStat): KnownFile | undefined;
  add(path: string, file: KnownFile & { readonly stat: FileStat; readonly startedAt: number }): void;
  /** Writes what was added; the index of a folder is replaced as a whole, the last writer wins. */
  save(): Promise<void>;
}

/** Resolution of file times, with plenty of room, in milliseconds. */
const RACY = 100;

/** dev, ino, size, ctime, mtime, when its reading began, digest (0: not known), xattrs in base64. */
type Row = readonly [
  number,
  number,
  number,
  number,
  number,
  number,
  Digest | 0,
  Readonly<Record<string, string>>?,
];

/** Opens the index of a folder; a damaged or missing one is empty. */
export async function openStatIndex(context: {
  readonly directory: string;
  readonly indexDirectory: string;
}): Promise<StatIndex> {
  const name = hexOf(sha256(await realpath(context.directory)));
  const path = join(context.indexDirectory, `${name}.json`);
  const rows = await load(path);
  let dirty = false;
  return {
    find(file, stat) {
      const row = rows.get(file);
      if (!row || !isSame(row, stat)) return undefined;
      return { ...(row[6] !== 0 && { digest: row[6] }), xattrs: decodeXattrs(row[7]) };
    },
    add(file, { stat, digest, xattrs, startedAt }) {
      const { dev, ino, size, ctimeMs, mtimeMs } = stat;
      rows.set(file, [dev, ino, size, ctimeMs, mtimeMs, startedAt, digest ?? 0, ...encodeXattrs(xattrs)]);
      dirty = true;
    },
    async save() {
      if (!dirty) return;
      dirty = false;
      await ensureDirectory(context.indexDirectory);
      await writeFileAtomic(path, JSON.stringify([...rows]), context.indexDirectory);
    },
  };
}

async function load(path: string): Promise<Map<string, Row>> {
  const bytes = await readIfExists(path);
  if (!bytes) return new Map();
  try {
    const rows = JSON.parse(bytes.toString("utf8")) as readonly (readonly [string, Row])[];
    return new Map(rows.filter(([path, row]) => typeof path === "string" && Array.isArray(row)));
  } catch {
    return new Map();
  }
}

function isSame([dev, ino, size, ctime, mtime, startedAt]: Row, stat: FileStat): boolean {
  const same =
    dev === stat.dev &&
    ino === stat.ino &&
    size === stat.size &&
    ctime === stat.ctimeMs &&
    mtime === stat.mtimeMs;
  return same && ctime + RACY < startedAt;
}

function encodeXattrs(xattrs: KnownFile["xattrs"]): readonly [Readonly<Record<string, string>>?] {
  const pairs = Object.entries(xattrs).map(
    ([name, value]) => [name, Buffer.from(value).toString("base64")] as const,
  );
  return pairs.length === 0 ? [] : [Object.fromEntries(pairs)];
}

const NO_XATTRS: KnownFile["xattrs"] = {};

function decodeXattrs(coded: Readonly<Record<string, string>> | undefined): KnownFile["xattrs"] {
  if (coded === undefined) return NO_XATTRS;
  return Object.fromEntries(
    Object.entries(coded).map(([name, value]) => [name, Buffer.from(value, "base64")]),
  );
}

import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { ensureDirectory, hexOf, readSmallIfExists, sha256, writeFileAtomic } from "../base/index.ts";
import type { FileStat } from "../tree/index.ts";
import { numberRows } from "./number-rows.ts";
import {
  FACTS,
  type KnownFile,
  NO_XATTRS,
  readStatTable,
  type StatTable,
  writeStatTable,
} from "./stat-table.ts";

/**
 * Digests and attributes of a context's files from earlier builds. A file counts as unchanged when device, inode, size,
 * mtime and ctime are the same, and its ctime is clearly older than its reading: one that
 * was written at about the same moment may have been written again within the clock's resolution.
 */
export interface StatIndex {
  find(path: string, stat: FileStat): KnownFile | undefined;
  add(path: string, file: KnownFile & { readonly stat: FileStat; readonly startedAt: number }): void;
  /** Nothing more is looked for: lets go of what was known before, and of what is added once it is saved. */
  close(): void;
  /** Writes what was added; the index of a folder is replaced as a whole, the last writer wins. */
  save(): Promise<void>;
}

/** Resolution of file times, with plenty of room, in milliseconds. */
const RACY = 100;

/** Opens the index of a folder; a damaged or missing one is empty. */
export async function openStatIndex(context: {
  readonly directory: string;
  readonly indexDirectory: string;
}): Promise<StatIndex> {
  const name = hexOf(sha256(await realpath(context.directory)));
  const path = join(context.indexDirectory, name);
  const stored = () => readStatTable(readSmallIfExists(path));
  let added = newFiles();
  let before: StatTable | undefined = stored();
  let dirty = false;
  /** One after the other: each reads what the one before has written. */
  let saving: Promise<void> = Promise.resolve();
  return {
    find(file, stat) {
      const row = added.rowOf(file);
      if (row !== undefined) return isSame(added.facts, row, stat) ? added.known(row) : undefined;
      const at = before?.indexOf(file) ?? -1;
      return before && at >= 0 && isSame(before.facts, at, stat) ? before.known(at) : undefined;
    },
    add(file, known) {
      added.add(file, known);
      dirty = true;
    },
    close() {
      before = undefined;
    },
    save() {
      saving = saving.catch(() => undefined).then(write);
      return saving;
    },
  };

  async function write(): Promise<void> {
    if (!dirty) return;
    dirty = false;
    await ensureDirectory(context.indexDirectory);
    const table = writeStatTable(before ?? stored(), added);
    if (!before) added = newFiles();
    await writeFileAtomic(path, table, context.indexDirectory);
  }
}

/** What was learnt in this build, in columns. */
interface NewFiles extends StatTable {
  readonly rowOf: (path: string) => number | undefined;
  add(path: string, file: KnownFile & { readonly stat: FileStat; readonly startedAt: number }): void;
}

function newFiles(): NewFiles {
  const rows = new Map<string, number>();
  const paths: string[] = [];
  const facts = numberRows(FACTS);
  const digests: (KnownFile["digest"] | undefined)[] = [];
  const xattrs = new Map<number, KnownFile["xattrs"]>();
  return {
    rowOf: (path) => rows.get(path),
    indexOf: (path) => rows.get(path) ?? -1,
    pathAt: (row) => paths[row] as string,
    known: (row) => {
      const digest = digests[row];
      return { ...(digest && { digest }), xattrs: xattrs.get(row) ?? NO_XATTRS };
    },
    get facts() {
      return facts.numbers;
    },
    get rows() {
      return paths.length;
    },
    add(path, { stat, startedAt, digest, xattrs: own }) {
      const row = rows.get(path) ?? paths.length;
      if (row === paths.length) paths.push(path);
      rows.set(path, row);
      facts.set(row, stat.dev, stat.ino, stat.size, stat.ctimeMs, stat.mtimeMs, startedAt);
      digests[row] = digest;
      xattrs.delete(row);
      for (const _name in own) xattrs.set(row, own);
    },
  };
}

/** Whether the facts of a row, in the order in which `add` puts them there, are those of a file. */
function isSame(facts: Float64Array, row: number, stat: FileStat): boolean {
  const at = row * FACTS;
  const same =
    facts[at] === stat.dev &&
    facts[at + 1] === stat.ino &&
    facts[at + 2] === stat.size &&
    facts[at + 3] === stat.ctimeMs &&
    facts[at + 4] === stat.mtimeMs;
  return same && (facts[at + 3] as number) + RACY < (facts[at + 5] as number);
}

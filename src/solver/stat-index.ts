import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { ensureDirectory, hexOf, readSmallIfExists, sha256, writeFileAtomic } from "../base/index.ts";
import type { FileStat } from "../tree/index.ts";
import { FACTS, type KnownFile, readStatTable, type StatRow, writeStatTable } from "./stat-table.ts";

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

/** Opens the index of a folder; a damaged or missing one is empty. */
export async function openStatIndex(context: {
  readonly directory: string;
  readonly indexDirectory: string;
}): Promise<StatIndex> {
  const name = hexOf(sha256(await realpath(context.directory)));
  const path = join(context.indexDirectory, name);
  const before = readStatTable(readSmallIfExists(path));
  const added = new Map<string, StatRow>();
  let dirty = false;
  return {
    find(file, stat) {
      const row = added.get(file);
      if (row) return isSame(row.facts, 0, stat) ? withoutFacts(row) : undefined;
      const at = before.indexOf(file);
      return at >= 0 && isSame(before.facts, at * FACTS, stat) ? before.known(at) : undefined;
    },
    add(file, { stat, startedAt, ...known }) {
      const { dev, ino, size, ctimeMs, mtimeMs } = stat;
      added.set(file, { ...known, facts: Float64Array.of(dev, ino, size, ctimeMs, mtimeMs, startedAt) });
      dirty = true;
    },
    async save() {
      if (!dirty) return;
      dirty = false;
      await ensureDirectory(context.indexDirectory);
      await writeFileAtomic(path, writeStatTable(before, added), context.indexDirectory);
    },
  };
}

function withoutFacts({ facts: _facts, ...known }: StatRow): KnownFile {
  return known;
}

/** The facts of a file stand at `at`, in the order in which `add` puts them there. */
function isSame(facts: Float64Array, at: number, stat: FileStat): boolean {
  const same =
    facts[at] === stat.dev &&
    facts[at + 1] === stat.ino &&
    facts[at + 2] === stat.size &&
    facts[at + 3] === stat.ctimeMs &&
    facts[at + 4] === stat.mtimeMs;
  return same && (facts[at + 3] as number) + RACY < (facts[at + 5] as number);
}

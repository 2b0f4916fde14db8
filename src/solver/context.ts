import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import {
  type Digest,
  digestOf,
  fsPath,
  isSystemError,
  lazyAsync,
  lowerBound,
  mapConcurrent,
  TareError,
} from "../base/index.ts";
import { compileIgnore } from "../dockerfile/index.ts";
import {
  type Bytes,
  buildTree,
  comparePaths,
  type Entry,
  type FileStat,
  readXattrs,
  scanDirectory,
  type TreeNode,
} from "../tree/index.ts";
import { contextPaths, followsLink } from "./context-paths.ts";
import { numberRows } from "./number-rows.ts";
import { NO_LAYERS, type Snapshot } from "./snapshot.ts";
import { openStatIndex, type StatIndex } from "./stat-index.ts";

/** Everything of a context belongs to root. */
const ROOT = { uid: 0, gid: 0 };

/** A folder of the user's that a build reads. */
export interface LocalContext {
  readonly name: string;
  readonly directory: string;
  /** Patterns of its .dockerignore. */
  readonly ignore: readonly string[];
  /** The only paths that the build asks for, as COPY writes them; undefined is all. */
  readonly wanted?: readonly string[];
  /** Folder of the store for what is remembered of files between builds. */
  readonly indexDirectory: string;
}

/**
 * A build context as files: nothing is copied, everything is read when it is needed. Owners are 0:0, as
 * in every builder; extended attributes are those of files. A file that changes while it is read is `user-context`.
 */
export function openContext(context: LocalContext): Snapshot {
  const scanned = lazyAsync(() => scan(context));
  return {
    ...NO_LAYERS,
    title: context.name === "context" ? "the build context" : `the build context ${context.name}`,
    tree: lazyAsync(async () => buildTree([await scanned()])),
    read: async function* (node) {
      yield* readUnchanged(context, node, (await scanned()).statOf(node));
    },
    digests: async (nodes) => digestAll(context, nodes, await scanned()),
  };
}

/** What is in a context's folder. */
interface Scanned {
  readonly entries: readonly Entry[];
  /** The place of a node's entry among all. */
  readonly rowOf: (node: TreeNode) => number;
  /** What a file was when it was looked at. */
  readonly statOf: (node: TreeNode) => FileStat;
  /** Digests that this build has computed, by row, and is just computing: many steps may copy one file. */
  readonly digests: (Digest | undefined)[];
  readonly pending: Map<number, Promise<Digest>>;
  /** Remembers what was read for the next build. */
  readonly index: StatIndex;
}

async function scan(context: LocalContext): Promise<Scanned> {
  const index = await openStatIndex(context);
  const wanted = contextPaths(context.wanted);
  const some = await scanSome(context, wanted, index);
  const isEnough = !wanted || !some.entries.some((entry) => followsLink(entry, context.wanted ?? []));
  const { entries, stats } = isEnough ? some : await scanSome(context, undefined, index);
  index.close();
  const rowOf = rowFinder(entries);
  const digests = new Array<Digest | undefined>(entries.length);
  return { entries, index, rowOf, statOf: (node) => stats.at(rowOf(node)), digests, pending: new Map() };
}

interface FileStats {
  push(stat: FileStat): void;
  at(row: number): FileStat;
}

function fileStats(): FileStats {
  const rows = numberRows(5);
  let count = 0;
  return {
    push: ({ dev, ino, size, ctimeMs, mtimeMs }) => rows.set(count++, dev, ino, size, ctimeMs, mtimeMs),
    at(row) {
      const [dev = 0, ino = 0, size = 0, ctimeMs = 0, mtimeMs = 0] = rows.numbers.subarray(
        row * 5,
        row * 5 + 5,
      );
      return { dev, ino, size, ctimeMs, mtimeMs };
    },
  };
}

/** Finds the row of a path of sorted entries; quickest when asked in their order. */
function rowFinder(entries: readonly Entry[]): (node: TreeNode) => number {
  let next = 0;
  return ({ entry: { path } }) => {
    if (entries[next]?.path !== path)
      next = lowerBound(entries.length, (at) => comparePaths((entries[at] as Entry).path, path) < 0);
    return next++;
  };
}

async function scanSome(
  context: LocalContext,
  wanted: readonly string[] | undefined,
  index: StatIndex,
): Promise<{ readonly entries: readonly Entry[]; readonly stats: FileStats }> {
  const ignore = compileIgnore(context.ignore);
  const stats = fileStats();
  const entries = await scanDirectory(context.directory, {
    xattrs: false,
    owner: () => ROOT,
    keep: (entry, stat) => {
      stats.push(stat);
      return entry.kind === "file" ? withKnown(entry, stat, { index, context }) : entry;
    },
    skip: (path, isDirectory) => {
      if (wanted && !wanted.some((want) => isOnTheWay(path, want))) return "prune";
      if (!ignore.matches(path)) return undefined;
      return isDirectory && !ignore.canPrune(path) ? "skip" : "prune";
    },
  });
  return { entries, stats };
}

/** `a` and `a/b` for the wish `a/b`, and everything below it. */
function isOnTheWay(path: string, want: string): boolean {
  return (
    path === "" || want === "" || path === want || want.startsWith(`${path}/`) || path.startsWith(`${want}/`)
  );
}

/**
 * What is known of an unchanged file is not read again: neither its content nor its attributes, for which the
 * system-call library would have to be loaded.
 */
function withKnown(
  entry: Entry,
  stat: FileStat,
  { index, context }: { readonly index: StatIndex; readonly context: LocalContext },
): Entry {
  const known = index.find(entry.path, stat);
  const xattrs = known?.xattrs ?? readOwnXattrs(context, entry.path);
  if (!known) index.add(entry.path, { stat, xattrs, startedAt: Date.now() });
  const digest = known?.digest;
  for (const _name in xattrs) return { ...entry, ...(digest && { digest }), xattrs };
  if (!digest) return entry;
  const { path, kind, mode, uid, gid, mtime, size } = entry;
  return { path, kind, mode, uid, gid, mtime, size, digest };
}

function readOwnXattrs(context: LocalContext, path: string): Readonly<Record<string, Uint8Array>> {
  return readXattrs(join(context.directory, path), false).kept ?? {};
}

async function digestAll(
  context: LocalContext,
  nodes: readonly TreeNode[],
  scanned: Scanned,
): Promise<readonly Digest[]> {
  let sinceTurn = 0;
  const found = await mapConcurrent(nodes, 8, async (node) => {
    const { entry } = node;
    if (entry.digest) return entry.digest;
    const row = scanned.rowOf(node);
    if (sinceTurn > TURN) {
      sinceTurn = 0;
      await turn();
    }
    const known = scanned.digests[row] ?? scanned.pending.get(row);
    if (known) return known;
    sinceTurn += entry.size + SMALL_COST;
    const pending = digestFile(context, node, { ...scanned, row });
    scanned.pending.set(row, pending);
    return pending;
  });
  await scanned.index.save();
  return found;
}

async function digestFile(
  context: LocalContext,
  node: TreeNode,
  { row, statOf, index, digests, pending }: Scanned & { readonly row: number },
): Promise<Digest> {
  const { entry } = node;
  const startedAt = Date.now();
  const stat = statOf(node);
  try {
    const digest = await digestOf(readUnchanged(context, node, stat));
    index.add(entry.path, { stat, digest, xattrs: entry.xattrs ?? {}, startedAt });
    digests[row] = digest;
    return digest;
  } finally {
    pending.delete(row);
  }
}

const CHUNK = 256 * 1024;
/** Reading small files takes the thread; after so many bytes, opening a file counting as some, others may run. */
const TURN = 8 << 20;
const SMALL_COST = 16 << 10;

/** Reads a file and makes sure that it is the file that was looked at, of the same size and time, all the while. */
async function* readUnchanged(context: LocalContext, { entry }: TreeNode, seen: FileStat): Bytes {
  const path = fsPath(join(context.directory, entry.path));
  try {
    if (entry.size <= CHUNK) yield readSmall(path, entry, seen);
    else yield* readLarge(path, entry, seen);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ELOOP", "ENOTDIR", "EISDIR")) throw changed(entry.path, error);
    if (isSystemError(error, "EACCES"))
      throw new TareError("user-context", `can not read ${entry.path} in the build context`, {
        hint: "change its mode, or leave it out by .dockerignore",
        cause: error,
      });
    throw error;
  }
}

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW;

/** At once: handing each of four calls to a thread and back takes five times as long as the calls. */
function readSmall(path: string | Buffer, entry: Entry, seen: FileStat): Buffer {
  const descriptor = openSync(path, FLAGS);
  try {
    const buffer = Buffer.allocUnsafe(entry.size + 1);
    const length = readSync(descriptor, buffer, 0, buffer.length, 0);
    if (length !== entry.size || !isSame(fstatSync(descriptor), entry, seen)) throw changed(entry.path);
    return buffer.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

async function* readLarge(path: string | Buffer, entry: Entry, seen: FileStat): Bytes {
  const handle = await open(path, FLAGS);
  try {
    if (!isSame(await handle.stat(), entry, seen)) throw changed(entry.path);
    for (let at = 0; at < entry.size; ) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK, entry.size - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) throw changed(entry.path);
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    if (!isSame(await handle.stat(), entry, seen)) throw changed(entry.path);
  } finally {
    await handle.close();
  }
}

function isSame(now: Stats, { size }: Entry, { ino, mtimeMs }: FileStat): boolean {
  return now.isFile() && now.size === size && now.ino === ino && now.mtimeMs === mtimeMs;
}

function changed(path: string, cause?: unknown): TareError {
  return new TareError("user-context", `${path} changed while the build was reading it`, {
    hint: "build again when nothing writes to the build context, or leave the file out by .dockerignore",
    cause,
  });
}

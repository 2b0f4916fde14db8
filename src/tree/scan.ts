import { lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { collectSooner, decodeName, fsPath, isSystemError, TareError } from "../base/index.ts";
import { type Entry, MANY_ENTRIES } from "./entry.ts";
import { comparePaths, joinPath } from "./path.ts";
import { type DiskFile, type DiskXattrs, entryOfStat, NO_XATTRS, opaqueMark } from "./scan-entry.ts";
import { readXattrs } from "./scan-xattrs.ts";
import { OPAQUE_NAME } from "./whiteout.ts";

export interface ScanOptions {
  /**
   * Asked for every path but the root. `skip` leaves it out; a directory that is skipped appears all the
   * same when something in it is not. `prune` leaves out all that is in it too, without looking.
   */
  readonly skip?: (path: string, isDirectory: boolean) => "skip" | "prune" | undefined;
  /** Whether to read extended attributes: one more system call for each file. */
  readonly xattrs: boolean;
  /**
   * The directory is the upper one of an overlay: devices 0/0 are whiteouts, marked directories are
   * opaque, and overlayfs's own attributes are dropped. Implies `xattrs`.
   */
  readonly overlay?: boolean;
  /** The owner that an entry gets; default the one on disk. */
  readonly owner?: (uid: number, gid: number) => { readonly uid: number; readonly gid: number };
  /** Told of every entry in order, with what tells its file from another one; what it gives is kept. */
  readonly keep?: (entry: Entry, stat: FileStat) => Entry;
  readonly signal?: AbortSignal;
}

/** What tells whether a file on disk is still the one that was seen; times in milliseconds with fractions. */
export interface FileStat {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
}

/**
 * What is in a directory on disk, the directory itself first (path ""), in the order of `comparePaths`.
 * Of several names of one file the first is the file, the others hard links. Sockets are left out, and
 * so is what vanishes meanwhile. `user-context` for what can not be read.
 */
export async function scanDirectory(root: string, options: ScanOptions): Promise<Entry[]> {
  const scan: Scan = { root, options, found: [], pending: [], firstNames: new Map(), frames: [] };
  enterRoot(scan);
  for (let steps = 1; scan.frames.length > 0; steps++) {
    step(scan, scan.frames.at(-1) as Frame);
    if (steps % STEPS_AT_ONCE !== 0) continue;
    await setImmediate();
    if (options.signal?.aborted)
      throw new TareError("user-cancelled", "cancelled", { cause: options.signal.reason });
  }
  return scan.found;
}

/** So many entries take a few milliseconds; then others may run. */
const STEPS_AT_ONCE = 2048;

interface ScannedEntry {
  readonly entry: Entry;
  readonly stat: FileStat;
}

interface Scan {
  readonly root: string;
  readonly options: ScanOptions;
  readonly found: Entry[];
  /** Skipped directories that we are in, waiting for something to be found in them. */
  readonly pending: ScannedEntry[];
  /** Of files with several names, the first one, by device and inode. */
  readonly firstNames: Map<string, string>;
  readonly frames: Frame[];
}

/** A directory that is being read. */
interface Frame {
  readonly path: string;
  readonly names: readonly string[];
  next: number;
  readonly opaque: boolean;
  /** Set when the directory itself was skipped. */
  readonly skipped: ScannedEntry | undefined;
}

function enterRoot(scan: Scan): void {
  const stats = reading(scan, "", () => statSync(fsPath(scan.root)));
  if (!stats?.isDirectory())
    throw new TareError("user-context", `${scan.root} is not a directory`, {
      hint: "name a folder that exists",
    });
  enterDirectory(scan, { path: "", stats, skipped: false });
}

function step(scan: Scan, frame: Frame): void {
  const name = frame.names[frame.next++];
  if (name === undefined) {
    scan.frames.pop();
    if (frame.skipped && scan.pending.at(-1) === frame.skipped) scan.pending.pop();
    return;
  }
  const path = joinPath(frame.path, name);
  if (frame.opaque && name === OPAQUE_NAME) {
    emit(scan, { entry: opaqueMark(path), stat: NO_STAT });
    return;
  }
  const stats = reading(scan, path, () => lstatSync(fsPath(`${scan.root}/${path}`), PRESENT_ONLY));
  if (!stats) return;
  const isDirectory = stats.isDirectory();
  const decision = scan.options.skip?.(path, isDirectory);
  if (decision === "prune" || (decision === "skip" && !isDirectory)) return;
  if (isDirectory) enterDirectory(scan, { path, stats, skipped: decision === "skip" });
  else takeFile(scan, path, stats);
}

const PRESENT_ONLY = { throwIfNoEntry: false } as const;

function enterDirectory(
  scan: Scan,
  { path, stats, skipped }: { readonly path: string; readonly stats: Stats; readonly skipped: boolean },
): void {
  const names = reading(scan, path, () => readNames(`${scan.root}/${path}`));
  if (!names) return;
  const xattrs = xattrsOf(scan, path);
  const scanned = scannedOf(scan, { path, stats, xattrs });
  if (!scanned) return;
  if (skipped) scan.pending.push(scanned);
  else emit(scan, scanned);
  const all = xattrs.opaque ? [...new Set([...names, OPAQUE_NAME])] : names;
  scan.frames.push({
    path,
    names: all.sort(comparePaths),
    next: 0,
    opaque: xattrs.opaque,
    skipped: skipped ? scanned : undefined,
  });
}

/** Names as text; bytes that are no UTF-8 come out as U+FFFD, and then they are read once more as bytes. */
function readNames(path: string): string[] {
  const names = readdirSync(fsPath(path));
  if (!names.some((name) => name.includes("\uFFFD"))) return names;
  return readdirSync(fsPath(path), "buffer").map(decodeName);
}

function takeFile(scan: Scan, path: string, stats: Stats): void {
  const xattrs = stats.isFile() ? xattrsOf(scan, path) : NO_XATTRS;
  const scanned = scannedOf(scan, { path, stats, xattrs });
  if (!scanned) return;
  const first = stats.nlink > 1 && scanned.entry.kind === "file" ? firstNameOf(scan, path) : path;
  if (first === undefined) return;
  if (first === path) return emit(scan, scanned);
  const { mode, uid, gid, mtime } = scanned.entry;
  emit(scan, {
    entry: { path, kind: "hardlink", mode, uid, gid, mtime, size: 0, link: first },
    stat: scanned.stat,
  });
}

/** Inode numbers may be larger than a double holds exactly, and taking two files for one would lose data. */
function firstNameOf({ root, firstNames }: Scan, path: string): string | undefined {
  const stats = lstatSync(fsPath(`${root}/${path}`), { bigint: true, throwIfNoEntry: false });
  if (!stats) return undefined;
  const inode = `${stats.dev}:${stats.ino}`;
  const first = firstNames.get(inode);
  if (first === undefined) firstNames.set(inode, path);
  return first ?? path;
}

function xattrsOf(scan: Scan, path: string): DiskXattrs {
  const { xattrs, overlay = false } = scan.options;
  if (!xattrs && !overlay) return NO_XATTRS;
  return reading(scan, path, () => readXattrs(`${scan.root}/${path}`, overlay)) ?? NO_XATTRS;
}

function scannedOf(scan: Scan, file: Omit<DiskFile, "full">): ScannedEntry | undefined {
  const { path, stats, xattrs } = file;
  const { dev, ino, size, ctimeMs, mtimeMs } = stats;
  const entry = reading(scan, path, () =>
    entryOfStat({ path, stats, xattrs, full: `${scan.root}/${path}` }, scan.options),
  );
  return entry && { entry, stat: { dev, ino, size, ctimeMs, mtimeMs } };
}

const NO_STAT: FileStat = { dev: 0, ino: 0, size: 0, ctimeMs: 0, mtimeMs: 0 };

function emit(scan: Scan, scanned: ScannedEntry): void {
  if (scan.pending.length > 0) for (const waiting of scan.pending.splice(0)) take(scan, waiting);
  take(scan, scanned);
}

function take({ found, options }: Scan, { entry, stat }: ScannedEntry): void {
  if (found.length === MANY_ENTRIES) collectSooner();
  found.push(options.keep ? options.keep(entry, stat) : entry);
}

/** What vanishes between two looks is as if it had never been there; undefined then. */
function reading<T>(scan: Scan, path: string, look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (path !== "" && isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    const name = path === "" ? scan.root : `${scan.root}/${path}`;
    if (!isSystemError(error, "ENOENT", "ENOTDIR", "EACCES", "EPERM", "ELOOP", "ENAMETOOLONG", "EIO"))
      throw error;
    throw new TareError("user-context", `can not read ${name}: ${error.code}`, {
      hint: isSystemError(error, "ENOENT", "ENOTDIR")
        ? "name a folder that exists"
        : "make it readable for you, or leave it out by a line in .dockerignore",
      cause: error,
    });
  }
}

import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  readSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { fsPath, isSystemError, mknod, setXattr, TareError } from "../base/index.ts";
import { type Entry, impliedDirectory, OPAQUE_NAME, parentPath } from "../tree/index.ts";

/** Where a tar layer's bytes are, and what kind of overlay will read the directory. */
export interface MaterializeOptions {
  /** The uncompressed tar. */
  readonly tar: string;
  /** Inside a user namespace overlayfs keeps its marks in `user.overlay.*` instead of `trusted.*`. */
  readonly userNamespace: boolean;
}

const S_IFIFO = 0o010000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;

/**
 * Unpacks a tar layer into `root`, an empty directory that nobody else writes to, in the form that overlayfs
 * wants of a lower directory. Every parent is a directory that was made here, so no link in the layer can
 * lead a write elsewhere (`integrity-archive` for one that tries). Owners beyond the mapped range stay as they are: the index knows them.
 */
export async function materialize(
  entries: readonly Entry[],
  root: string,
  options: MaterializeOptions,
): Promise<void> {
  const tar = openSync(options.tar, constants.O_RDONLY);
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  try {
    const directories = new Map<string, Entry | undefined>([["", undefined]]);
    let count = 0;
    for (const entry of entries.filter(({ kind }) => kind !== "hardlink")) {
      place(entry, { root, directories, tar, buffer, options });
      if (++count % 512 === 0) await turn();
    }
    for (const entry of entries.filter(({ kind }) => kind === "hardlink"))
      place(entry, { root, directories, tar, buffer, options });
    finishDirectories(directories, root);
  } finally {
    closeSync(tar);
  }
}

interface Place {
  readonly root: string;
  /** Directories made so far, with what they shall finally be. */
  readonly directories: Map<string, Entry | undefined>;
  readonly tar: number;
  readonly buffer: Buffer;
  readonly options: MaterializeOptions;
}

function place(entry: Entry, at: Place): void {
  const { root, directories } = at;
  if (entry.path === "") return void directories.set("", entry);
  makeParents(parentPath(entry.path), at);
  const path = `${root}/${entry.path}`;
  try {
    create(entry, path, at);
  } catch (error) {
    if (isSystemError(error, "EEXIST", "ENOTDIR", "EISDIR"))
      throw new TareError("integrity-archive", `layer entry ${entry.path} is in the way of another one`, {
        cause: error,
      });
    throw error;
  }
}

function create(entry: Entry, path: string, at: Place): void {
  const { directories, root, options } = at;
  switch (entry.kind) {
    case "dir":
      if (!directories.has(entry.path)) mkdirSync(fsPath(path), { mode: 0o700 });
      directories.set(entry.path, entry);
      return;
    case "file":
      return writeFile(entry, path, at);
    case "symlink":
      symlinkSync(fsPath(entry.link ?? ""), fsPath(path));
      return own(entry, path);
    case "hardlink":
      if (!directories.has(parentPath(entry.link ?? "")))
        throw new TareError(
          "integrity-archive",
          `layer entry ${entry.path} is a hard link to ${entry.link}, which is no file of the layer`,
        );
      return linkSync(fsPath(`${root}/${entry.link}`), fsPath(path));
    case "whiteout":
      return mknod(path, S_IFCHR, { major: 0, minor: 0 });
    case "opaque":
      return setXattr(
        path.slice(0, -(OPAQUE_NAME.length + 1)),
        options.userNamespace ? "user.overlay.opaque" : "trusted.overlay.opaque",
        Buffer.from("y"),
      );
    default:
      return makeNode(entry, path);
  }
}

function makeParents(path: string, at: Place): void {
  if (at.directories.has(path)) return;
  makeParents(parentPath(path), at);
  try {
    mkdirSync(fsPath(`${at.root}/${path}`), { mode: 0o755 });
  } catch (error) {
    if (isSystemError(error, "EEXIST"))
      throw new TareError(
        "integrity-archive",
        `layer entry ${path} is not a directory, but others are inside it`,
        { cause: error },
      );
    throw error;
  }
  at.directories.set(path, undefined);
}

function writeFile(entry: Entry, path: string, { tar, buffer }: Place): void {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const fd = openSync(fsPath(path), flags, 0o600);
  try {
    for (let done = 0; done < entry.size; ) {
      const count = readSync(
        tar,
        buffer,
        0,
        Math.min(buffer.length, entry.size - done),
        (entry.offset ?? 0) + done,
      );
      if (count === 0)
        throw new TareError("integrity-archive", `the layer ends in the middle of ${entry.path}`);
      // A disk that fills up takes a part, and says so at the next call.
      for (let written = 0; written < count; ) written += writeSync(fd, buffer, written, count - written);
      done += count;
    }
    ignoringUnmapped(() => fchownSync(fd, entry.uid, entry.gid));
    setXattrs(entry, path);
    fchmodSync(fd, entry.mode);
    futimesSync(fd, ...timesOf(entry));
  } finally {
    closeSync(fd);
  }
}

/** Devices can not be made in a user namespace; a step finds none there, the index keeps it for the image. */
function makeNode(entry: Entry, path: string): void {
  const type = { char: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO }[entry.kind as "char" | "block" | "fifo"];
  try {
    mknod(path, type | entry.mode, entry.device ?? { major: 0, minor: 0 });
  } catch (error) {
    if (isSystemError(error, "EPERM")) return;
    throw error;
  }
  own(entry, path);
  chmodSync(fsPath(path), entry.mode);
  utimesSync(fsPath(path), ...timesOf(entry));
}

function own(entry: Entry, path: string): void {
  ignoringUnmapped(() => lchownSync(fsPath(path), entry.uid, entry.gid));
  if (entry.kind === "symlink") lutimesSync(fsPath(path), ...timesOf(entry));
}

/** Modes and times of directories come last, from the leaves: filling a directory would change them. */
function finishDirectories(directories: ReadonlyMap<string, Entry | undefined>, root: string): void {
  for (const [path, said] of [...directories].reverse()) {
    const entry = said ?? impliedDirectory(path);
    const full = path === "" ? root : `${root}/${path}`;
    ignoringUnmapped(() => chownSync(fsPath(full), entry.uid, entry.gid));
    setXattrs(entry, full);
    chmodSync(fsPath(full), entry.mode);
    utimesSync(fsPath(full), ...timesOf(entry));
  }
}

function setXattrs(entry: Entry, path: string): void {
  for (const [name, value] of Object.entries(entry.xattrs ?? {})) {
    try {
      setXattr(path, name, value);
    } catch (error) {
      // As in the reference, an attribute that this file system or namespace refuses is left out.
      if (!isSystemError(error, "EPERM", "EOPNOTSUPP", "ENOTSUP", "EINVAL")) throw error;
    }
  }
}

/** As dates, because Node takes a negative number for "now". */
function timesOf({ mtime }: Entry): readonly [Date, Date] {
  const date = new Date(mtime * 1000);
  return [date, date];
}

function ignoringUnmapped(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!isSystemError(error, "EINVAL", "EPERM")) throw error;
  }
}

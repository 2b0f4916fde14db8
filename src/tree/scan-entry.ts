import { constants, readlinkSync, type Stats } from "node:fs";
import { decodeName, deviceParts, fsPath } from "../base/index.ts";
import type { Entry, EntryKind } from "./entry.ts";

/** The extended attributes of a file on disk, as far as an image keeps them. */
export interface DiskXattrs {
  readonly kept: Readonly<Record<string, Uint8Array>> | undefined;
  /** Whether overlayfs has marked the directory as opaque. */
  readonly opaque: boolean;
}

export const NO_XATTRS: DiskXattrs = { kept: undefined, opaque: false };

/** A file on disk and where its entry belongs. */
export interface DiskFile {
  readonly path: string;
  /** Its path on disk. */
  readonly full: string;
  readonly stats: Stats;
  readonly xattrs: DiskXattrs;
}

export interface EntryOptions {
  readonly overlay?: boolean;
  readonly owner?: (uid: number, gid: number) => { readonly uid: number; readonly gid: number };
}

/** The entry of a file on disk; undefined for a socket, which no archive can hold. */
export function entryOfStat(file: DiskFile, { overlay = false, owner }: EntryOptions): Entry | undefined {
  const { path, full, stats, xattrs } = file;
  const kind = kindOf(stats);
  if (kind === undefined) return undefined;
  if (overlay && kind === "char" && stats.rdev === 0) return mark(path, "whiteout");
  const { uid, gid } = owner ? owner(stats.uid, stats.gid) : stats;
  const mode = stats.mode & 0o7777;
  const mtime = Math.floor(stats.mtimeMs / 1000);
  const size = kind === "file" ? stats.size : 0;
  const common: Entry = { path, kind, mode, uid, gid, mtime, size };
  if (kind === "symlink") return { ...common, link: decodeName(readlinkSync(fsPath(full), "buffer")) };
  const withXattrs = xattrs.kept ? { ...common, xattrs: xattrs.kept } : common;
  return kind === "char" || kind === "block"
    ? { ...withXattrs, device: deviceParts(stats.rdev) }
    : withXattrs;
}

/** The entry that makes a directory opaque. */
export function opaqueMark(path: string): Entry {
  return mark(path, "opaque");
}

function kindOf({ mode }: Stats): EntryKind | undefined {
  return KINDS.get(mode & constants.S_IFMT);
}

const KINDS: ReadonlyMap<number, EntryKind> = new Map([
  [constants.S_IFREG, "file"],
  [constants.S_IFDIR, "dir"],
  [constants.S_IFLNK, "symlink"],
  [constants.S_IFCHR, "char"],
  [constants.S_IFBLK, "block"],
  [constants.S_IFIFO, "fifo"],
]);

function mark(path: string, kind: "whiteout" | "opaque"): Entry {
  return { path, kind, mode: 0, uid: 0, gid: 0, mtime: 0, size: 0 };
}

import { isDigest, TareError } from "../base/index.ts";
import type { Entry } from "./entry.ts";
import type { LayerIndex } from "./layer.ts";
import { baseName, comparePaths, parentPath } from "./path.ts";
import { OPAQUE_NAME } from "./whiteout.ts";

/**
 * Checks all that the rest of the code takes for granted of a layer index: order, uniqueness, clean
 * paths, nothing inside what is no directory, hard links that lead to an earlier file of the layer,
 * numbers in their ranges, and that each entry has what its kind needs and nothing more.
 * `integrity-store`, naming the path, for the first thing that is wrong.
 */
export function validateIndex(index: LayerIndex): void {
  const kinds = new Map<string, Entry["kind"]>();
  let previous: Entry | undefined;
  for (const entry of index.entries) {
    if (previous && comparePaths(previous.path, entry.path) >= 0)
      fail(entry, "is out of order or there twice");
    checkPath(entry);
    checkNumbers(entry);
    checkParent(entry, kinds);
    checkKind(entry, kinds);
    kinds.set(entry.path, entry.kind);
    previous = entry;
  }
}

function checkPath(entry: Entry): void {
  const components = entry.path.split("/");
  const clean = components.every(
    (name) => name !== "" && name !== "." && name !== ".." && !name.includes("\0"),
  );
  if (entry.path === "" ? entry.kind !== "dir" : !clean) fail(entry, "has a path that is not clean");
}

function checkNumbers(entry: Entry): void {
  const { mode, uid, gid, mtime, size, offset = 0, device } = entry;
  if (!inRange(mode, 0o7777)) fail(entry, `has the mode ${mode}`);
  if (!inRange(uid, MAX_ID) || !inRange(gid, MAX_ID)) fail(entry, `has the owner ${uid}:${gid}`);
  if (!Number.isSafeInteger(mtime)) fail(entry, `has the time ${mtime}`);
  if (!inRange(size, Number.MAX_SAFE_INTEGER)) fail(entry, `has the size ${size}`);
  if (!inRange(offset, Number.MAX_SAFE_INTEGER)) fail(entry, `has the offset ${offset}`);
  if (device && !(inRange(device.major, MAX_ID) && inRange(device.minor, MAX_ID)))
    fail(entry, `is the device ${device.major}, ${device.minor}`);
}

/** -1 as an unsigned number means "no owner" to the kernel. */
const MAX_ID = 0xfffffffe;

function inRange(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 0 && value <= max;
}

function checkParent(entry: Entry, kinds: ReadonlyMap<string, Entry["kind"]>): void {
  for (let path = entry.path; path !== ""; ) {
    path = parentPath(path);
    const kind = kinds.get(path);
    if (kind !== undefined && kind !== "dir")
      fail(entry, `is inside ${JSON.stringify(path)}, which is a ${kind}`);
    if (kind !== undefined) return;
  }
}

function checkKind(entry: Entry, kinds: ReadonlyMap<string, Entry["kind"]>): void {
  const { path, kind, size, link, device, digest, offset, xattrs } = entry;
  if (kind !== "file" && (size !== 0 || digest !== undefined || offset !== undefined))
    fail(entry, `has content, but is a ${kind}`);
  if (digest !== undefined && !isDigest(digest)) fail(entry, "has a malformed digest");
  if ((link !== undefined) !== (kind === "symlink" || kind === "hardlink"))
    fail(entry, link === undefined ? "has no target" : `has a target, but is a ${kind}`);
  if (kind === "hardlink" && kinds.get(link ?? "") !== "file")
    fail(entry, `is a hard link to ${JSON.stringify(link)}, which is no file before it`);
  if ((device !== undefined) !== (kind === "char" || kind === "block"))
    fail(entry, device ? `has a device number, but is a ${kind}` : "has no device number");
  if (kind === "opaque" && baseName(path) !== OPAQUE_NAME)
    fail(entry, `is opaque, but not called ${OPAQUE_NAME}`);
  if (xattrs && Object.keys(xattrs).length === 0) fail(entry, "has an empty list of extended attributes");
}

function fail(entry: Entry, why: string): never {
  throw new TareError("integrity-store", `invalid layer index: ${JSON.stringify(entry.path)} ${why}`);
}

import { chmodSync, lstatSync, readdirSync, rmdirSync, rmSync, type Stats } from "node:fs";
import { join } from "node:path";
import { fsPath, isSystemError } from "../base/index.ts";
import { type Entry, type LayerIndex, parentPath, sameFacts, scanDirectory } from "../tree/index.ts";

/** What an upper directory is compared with. */
export interface CaptureRequest {
  readonly upper: string;
  /** What the layers below have at a path, no link followed. */
  readonly below: (path: string) => Promise<Entry | undefined>;
  /** Whether a file of the upper directory has the content of the one below; their sizes are equal. */
  readonly sameContent: (path: string) => Promise<boolean>;
  /** Paths that something was mounted on while the process ran, absolute. */
  readonly mountTargets: readonly string[];
}

/**
 * Turns what a process left in its upper directory into a layer index. A file that was copied up but not
 * changed is no change, unless it has got a name more; a mount point that had to be made is none either, nor the directories made for it,
 * nor the new time of a directory that it was made in. What the process itself wrote there wins.
 */
export async function captureLayer(request: CaptureRequest): Promise<LayerIndex> {
  const ways = new Set(await removeMountPoints(request));
  const scanned = await scanDirectory(request.upper, { overlay: true, xattrs: true });
  const changed: Entry[] = [];
  const filled = new Set<string>();
  const linked = new Set<string | undefined>();
  // From the last to the first, so that a directory knows whether anything in it is left, a file its new names.
  for (const entry of scanned.toReversed()) {
    const isWay = ways.has(entry.path);
    const wanted = filled.has(entry.path) || linked.has(entry.path);
    if (!(await isChange(entry, request, { wanted, timeCounts: !isWay }))) continue;
    changed.push(entry);
    if (entry.kind === "hardlink") linked.add(entry.link);
    if (entry.path !== "") filled.add(parentPath(entry.path));
  }
  return { entries: changed.reverse() };
}

async function isChange(
  entry: Entry,
  { below, sameContent }: CaptureRequest,
  { wanted, timeCounts }: { readonly wanted: boolean; readonly timeCounts: boolean },
): Promise<boolean> {
  if (entry.path === "") return !sameFacts(entry, (await below("")) ?? PLAIN_ROOT);
  if (wanted) return true;
  if (entry.kind !== "file" && entry.kind !== "dir") return true;
  const old = await below(entry.path);
  if (!old || !sameFacts(entry, old)) return true;
  if (entry.mtime !== old.mtime && timeCounts) return true;
  return entry.kind === "file" && !(await sameContent(entry.path));
}

/** The root of layers that do not name it; a step that puts something into it makes it no other. */
const PLAIN_ROOT: Entry = { path: "", kind: "dir", mode: 0o755, uid: 0, gid: 0, mtime: 0, size: 0 };

/**
 * Removes the mount points that were made for this step, and directories made for them, as far as they are
 * empty. Gives the directories that are left on the way, whose time has changed for no reason of the step.
 */
async function removeMountPoints({ upper, below, mountTargets }: CaptureRequest): Promise<readonly string[]> {
  const ways: string[] = [];
  // Longer paths first: /dev/pts before /dev.
  for (const target of mountTargets.toSorted((a, b) => b.length - a.length)) {
    for (let path = target.slice(1); path !== ""; path = parentPath(path)) {
      if (await below(path)) break;
      if (!isInside(upper, path)) break;
      ways.push(parentPath(path));
      if (!removeIfEmpty(join(upper, path))) makePlain(join(upper, path));
    }
  }
  return ways;
}

/** The process may have put a link where the way to its mount point was; that must not lead to the host's files. */
function isInside(upper: string, path: string): boolean {
  for (let parent = parentPath(path); parent !== ""; parent = parentPath(parent))
    if (statIfThere(join(upper, parent))?.isDirectory() === false) return false;
  return true;
}

/** An empty file or directory goes; true when nothing is there any more. */
function removeIfEmpty(path: string): boolean {
  const facts = statIfThere(path);
  if (!facts) return true;
  if (facts.isDirectory() && readdirSync(fsPath(path)).length === 0) rmdirSync(fsPath(path));
  else if (facts.isFile() && facts.size === 0) rmSync(fsPath(path));
  else return false;
  return true;
}

/** crun makes such directories sticky; what the process has put something into stays, as any directory. */
function makePlain(path: string): void {
  const facts = statIfThere(path);
  if (facts?.isDirectory() && (facts.mode & 0o7777) === 0o1755) chmodSync(fsPath(path), 0o755);
}

function statIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(fsPath(path));
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

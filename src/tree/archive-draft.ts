import { TareError } from "../base/index.ts";
import type { Entry } from "./entry.ts";
import { baseName, comparePaths, joinPath, parentPath, pathComponents } from "./path.ts";
import { OPAQUE_NAME } from "./whiteout.ts";

/**
 * What an archive unpacks to, member by member, as `tar -x` into an empty directory would have it:
 * symbolic links that the archive itself has put are followed in the directories of a path, never
 * out of the root.
 */
export interface ArchiveDraft {
  /** Puts an entry at its path; a directory over a directory changes only what is said of it. */
  put(entry: Entry): void;
  /** Gives a file one more name, and other facts if some are given; false when there is nothing at `target`. */
  link(path: string, target: string, facts?: LinkFacts): boolean;
  /** Notes that lower layers' file or directory at `path` is gone. */
  remove(path: string): void;
  /** Notes that what lower layers have in the directory of this mark is gone. */
  makeOpaque(path: string): void;
  /** The entries of an index, in order. */
  finish(): readonly Entry[];
}

/** What the member of a hard link says of its file. */
export type LinkFacts = Pick<Entry, "mode" | "uid" | "gid" | "mtime">;

export function createArchiveDraft(): ArchiveDraft {
  const root: DraftDirectory = newDirectory("");
  let recent = { path: "", directory: root };

  /** Members mostly come directory by directory, so the last one is remembered. */
  function directoryAt(path: string): DraftDirectory {
    if (recent.path !== path) recent = { path, directory: findDirectory(root, path) };
    return recent.directory;
  }

  function place(path: string, node: DraftNode): void {
    const parent = directoryAt(parentPath(path));
    const name = baseName(path);
    const existing = parent.children.get(name);
    if (existing?.children && node.children) existing.entry = node.entry;
    else parent.children.set(name, node);
    // What was found through the old name may not be found through the new one.
    if (existing && !(existing.children && node.children)) recent = { path: "", directory: root };
  }

  function put(entry: Entry): void {
    if (entry.path !== "") {
      const path = joinPath(directoryAt(parentPath(entry.path)).path, baseName(entry.path));
      checkLength(path);
      const settled = path === entry.path ? entry : { ...entry, path };
      place(
        entry.path,
        entry.kind === "dir" ? { ...newDirectory(path), entry: settled } : { entry: settled },
      );
    } else if (entry.kind === "dir") root.entry = entry;
    else throw refused("its root is not a directory");
  }

  function link(path: string, target: string, facts?: LinkFacts): boolean {
    const found = target === "" ? root : directoryAt(parentPath(target)).children.get(baseName(target));
    if (!found) return false;
    if (found.children) throw refused(`${JSON.stringify(path)} is a hard link to a directory`);
    checkLength(joinPath(directoryAt(parentPath(path)).path, baseName(path)));
    found.linked = true;
    if (facts && found.entry.kind === "file") found.entry = withFacts(found.entry, facts);
    place(path, found);
    return true;
  }

  return {
    put,
    link,
    remove: (path) => {
      const directory = directoryAt(parentPath(path));
      directory.removed ??= new Set();
      directory.removed.add(baseName(path));
    },
    makeOpaque: (path) => {
      directoryAt(parentPath(path)).opaque = true;
    },
    finish: () => {
      const entries: Entry[] = [];
      emitDirectory(root, { entries, firstNames: new Map() });
      return entries;
    },
  };
}

/** Names of one file share one leaf. A directory without an entry is there only for what is in it. */
type DraftNode = DraftLeaf | DraftDirectory;

interface DraftLeaf {
  entry: Entry;
  linked?: boolean;
  readonly children?: undefined;
}

interface DraftDirectory {
  entry: Entry | undefined;
  readonly path: string;
  readonly children: Map<string, DraftNode>;
  /** Names that lower layers lose; few directories have any, and empty sets are large. */
  removed: Set<string> | undefined;
  opaque: boolean;
}

function withFacts(entry: Entry, { mode, uid, gid, mtime }: LinkFacts): Entry {
  const isSame = entry.mode === mode && entry.uid === uid && entry.gid === gid && entry.mtime === mtime;
  return isSame ? entry : { ...entry, mode, uid, gid, mtime };
}

function newDirectory(path: string): DraftDirectory {
  return { entry: undefined, path, children: new Map(), removed: undefined, opaque: false };
}

/** Makes what is missing; follows links, which `..` in them can not lead out of the root. */
function findDirectory(root: DraftDirectory, path: string): DraftDirectory {
  const ahead = pathComponents(path).reverse();
  const trail = [root];
  let links = 0;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    const directory = trail.at(-1) as DraftDirectory;
    const child = directory.children.get(name);
    if (name === "..") trail.length = Math.max(trail.length - 1, 1);
    else if (!child) trail.push(makeDirectory(directory, name));
    else if (child.children) trail.push(child);
    else if (child.entry.kind === "symlink" && links++ < MAX_LINKS) {
      const target = child.entry.link ?? "";
      if (target.startsWith("/")) trail.length = 1;
      ahead.push(...pathComponents(target).reverse());
    } else
      throw refused(`${JSON.stringify(path)} leads through ${JSON.stringify(name)}, which is no directory`);
  }
  return trail.at(-1) as DraftDirectory;
}

const MAX_LINKS = 255;

function makeDirectory(parent: DraftDirectory, name: string): DraftDirectory {
  const directory = newDirectory(joinPath(parent.path, name));
  checkLength(directory.path);
  parent.children.set(name, directory);
  return directory;
}

/** Limits of Linux; without them a hostile archive could nest directories beyond every bound. */
function checkLength(path: string): void {
  if (path.length <= MAX_NAME) return;
  const tooLong =
    Buffer.byteLength(path) > MAX_PATH || path.split("/").some((name) => Buffer.byteLength(name) > MAX_NAME);
  if (tooLong) throw refused(`the name ${JSON.stringify(`${path.slice(0, 100)}…`)} is too long`);
}

const MAX_NAME = 255;
const MAX_PATH = 4095;

interface Emission {
  readonly entries: Entry[];
  /** Of files with several names, the first one that was emitted. */
  readonly firstNames: Map<DraftLeaf, string>;
}

function emitDirectory(directory: DraftDirectory, emission: Emission): void {
  const { entry, path, children, removed, opaque } = directory;
  const { entries } = emission;
  if (entry) entries.push(entry);
  for (const name of namesIn(directory)) {
    const child = children.get(name);
    const full = joinPath(path, name);
    if (opaque && name === OPAQUE_NAME) entries.push(mark(full, "opaque"));
    else if (!child) entries.push(mark(full, "whiteout"));
    else if (!child.children) emitLeaf(child, full, emission);
    else {
      // A directory that was removed below and made anew has nothing of what it had.
      if (removed?.has(name)) child.opaque = true;
      emitDirectory(child, emission);
    }
  }
}

function namesIn({ children, removed, opaque }: DraftDirectory): readonly string[] {
  const names = [...children.keys(), ...[...(removed ?? [])].filter((name) => !children.has(name))];
  if (opaque) names.push(OPAQUE_NAME);
  return names.sort(comparePaths);
}

function mark(path: string, kind: "whiteout" | "opaque"): Entry {
  return { path, kind, mode: 0, uid: 0, gid: 0, mtime: 0, size: 0 };
}

function emitLeaf(leaf: DraftLeaf, path: string, { entries, firstNames }: Emission): void {
  const { entry } = leaf;
  const first = firstNames.get(leaf);
  if (first !== undefined) {
    const { mode, uid, gid, mtime } = entry;
    entries.push({ path, kind: "hardlink", mode, uid, gid, mtime, size: 0, link: first });
    return;
  }
  if (leaf.linked && entry.kind === "file") firstNames.set(leaf, path);
  entries.push(entry.path === path ? entry : { ...entry, path });
}

function refused(why: string): TareError {
  return new TareError("integrity-archive", `can not unpack the archive: ${why}`);
}

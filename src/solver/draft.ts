import { posix } from "node:path";
import { groupedBy, streamOf, TareError } from "../base/index.ts";
import {
  applyLayer,
  type Bytes,
  comparePaths,
  type Entry,
  lookup,
  parentPath,
  resolvePath,
  type Tree,
  type TreeNode,
} from "../tree/index.ts";
import type { Owner } from "./accounts.ts";
import { bringAll, type FileTree } from "./files.ts";

/** How directories are made that a copy needs on its way. */
export interface DirectoryFacts {
  readonly mode: number;
  /** Without one it belongs to root, or to the group of a set-group-id directory around it. */
  readonly owner?: Owner;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/** A layer in the making, on top of a tree: later entries see what earlier ones have put. */
export interface Draft {
  /** Adds or replaces an entry; its parents exist. `content` is where a file's bytes are. */
  put(entry: Entry, content?: Content): void;
  /** Takes back what was put below a path, for a file or link that takes the place of a directory. */
  clear(path: string): void;
  /** What is at a path now, no symbolic link followed. Cheap, for one call a file. */
  at(path: string): Entry | undefined;
  /** As `at`, symbolic links followed. For one call a source: it may merge all that was put so far. */
  find(path: string): TreeNode | undefined;
  /** Where a path really is, symbolic links followed as far as they exist. */
  resolve(path: string): string;
  /** Makes a directory and its missing parents. `user-conflict` when a file is in the way. */
  makeDirectory(path: string, facts: DirectoryFacts): void;
  /** Gives a directory another time if the layer names it anyway; the root has none. */
  touch(path: string, mtime: number): void;
  /** The layer: entries in order, and where each file's content comes from. */
  finish(): {
    readonly entries: readonly Entry[];
    read(entry: Entry): Bytes;
    /** Has the contents of entries at hand until disposed, where they are elsewhere. */
    bring(entries: readonly Entry[]): Promise<AsyncDisposable>;
  };
}

/** A file whose content another one gets. Hundreds of thousands of closures would take twice the room. */
export interface Content {
  readonly files: Pick<FileTree, "read" | "bring">;
  readonly node: TreeNode;
}

interface Placed {
  readonly entry: Entry;
  readonly content: Content | undefined;
}

export function createDraft(base: Tree, layerNumber: number): Draft {
  const placed = new Map<string, Placed>();
  /** Further names that files have or had. */
  const names = new Map<string, string[]>();
  let view: Tree | undefined;
  const current = () => {
    view ??= applyLayer(base, { entries: sorted(placed) }, layerNumber);
    return view;
  };

  const at = (path: string) =>
    placed.get(path)?.entry ?? lookup(base, path, { followLast: false })?.node.entry;

  function put(entry: Entry, content?: Content): void {
    release(entry.path);
    placed.set(entry.path, { entry, content });
    if (entry.kind === "hardlink" && entry.link !== undefined) addName(entry.link, entry.path);
    view = undefined;
  }

  function addName(file: string, name: string): void {
    const known = names.get(file);
    if (known) known.push(name);
    else names.set(file, [name]);
  }

  /** Forgets what was put at a path; a file that has other names goes on under the first of them. */
  function release(path: string): void {
    const file = placed.get(path);
    if (file === undefined) return;
    placed.delete(path);
    const isName = (name: string) => {
      const entry = placed.get(name)?.entry;
      return entry?.kind === "hardlink" && entry.link === path;
    };
    const [first, ...others] = (names.get(path) ?? []).filter(isName).sort(comparePaths);
    names.delete(path);
    if (first === undefined) return;
    const { entry, content } = file;
    placed.set(first, { entry: { ...entry, path: first }, content });
    for (const name of others) {
      const further: Entry = { ...entry, path: name, kind: "hardlink", link: first, size: 0 };
      placed.set(name, { entry: further, content: undefined });
    }
    names.set(first, others);
  }

  function clear(path: string): void {
    for (const below of placed.keys()) if (below.startsWith(`${path}/`)) release(below);
    view = undefined;
  }

  function makeDirectory(path: string, facts: DirectoryFacts): void {
    const full = resolvePath(current(), path);
    for (const directory of ancestry(full)) {
      const node = lookup(current(), directory, { followLast: false })?.node;
      if (node?.entry.kind === "dir") continue;
      if (node) throw conflict(`cannot make directory /${full}: /${directory} is not a directory`);
      put(newDirectory(directory, at(parentPath(directory)), facts));
    }
  }

  function hasBelow(path: string): boolean {
    for (const name of placed.keys()) if (name.startsWith(`${path}/`)) return true;
    return false;
  }

  function touch(path: string, mtime: number): void {
    const entry = at(path);
    if (path === "" || entry?.kind !== "dir") return;
    if (placed.has(path) || hasBelow(path)) put({ ...entry, mtime });
  }

  return {
    put,
    clear,
    touch,
    at,
    find: (path) => lookup(current(), path)?.node,
    resolve: (path) => resolvePath(current(), path),
    makeDirectory,
    finish: () => ({
      entries: sorted(placed, missingParents(placed, base)),
      read: (entry) => {
        const content = placed.get(entry.path)?.content;
        return content ? content.files.read(content.node) : streamOf();
      },
      bring: (entries) => bringContents(entries.flatMap(({ path }) => placed.get(path)?.content ?? [])),
    }),
  };
}

/** Each place is asked once, for all of its files. */
function bringContents(contents: readonly Content[]): Promise<AsyncDisposable> {
  const byPlace = groupedBy(
    contents.filter(({ files }) => files.bring),
    ({ files }) => files,
  );
  return bringAll(
    [...byPlace].map(
      ([files, own]) =>
        () =>
          files.bring?.(own.map(({ node }) => node)),
    ),
  );
}

/**
 * A layer names the directories above what it brings, as they are: overlay mounts take a directory's facts
 * from the topmost layer that has it, so a layer that left them out would make them root's.
 */
function missingParents(placed: ReadonlyMap<string, unknown>, base: Tree): readonly Entry[] {
  const found = new Map<string, Entry | undefined>();
  for (const path of placed.keys())
    for (let parent = parentPath(path); parent !== "" && !found.has(parent); parent = parentPath(parent)) {
      if (placed.has(parent)) continue;
      const entry = lookup(base, parent, { followLast: false })?.node.entry;
      // A copy asks for all that is to be known of it now, while more layers can be had.
      found.set(parent, entry && { ...entry });
    }
  return [...found.values()].filter((entry) => entry !== undefined);
}

/** As mkdir(2) makes it: a set-group-id directory gives its bit and its group to what is made in it. */
function newDirectory(path: string, parent: Entry | undefined, facts: DirectoryFacts): Entry {
  const { mode, mtime, owner } = facts;
  const inherited = (parent?.mode ?? 0) & 0o2000;
  const { uid, gid } = owner ?? { uid: 0, gid: inherited ? (parent as Entry).gid : 0 };
  return { path, kind: "dir", mode: mode | inherited, uid, gid, mtime, size: 0 };
}

/** The error for a copy that two things at one path would need. */
export function conflict(message: string): TareError {
  return new TareError("user-conflict", message, {
    hint: "choose another destination, or remove what is there in an earlier step",
  });
}

function sorted(placed: ReadonlyMap<string, Placed>, more: readonly Entry[] = []): readonly Entry[] {
  const entries = [...more];
  for (const { entry } of placed.values()) entries.push(entry);
  return entries.sort((a, b) => comparePaths(a.path, b.path));
}

/** `a/b/c` as a, a/b, a/b/c. */
function ancestry(path: string): readonly string[] {
  if (path === "") return [];
  const parent = posix.dirname(path);
  return [...(parent === "." ? [] : ancestry(parent)), path];
}

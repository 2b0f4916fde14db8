import { TareError } from "../base/index.ts";
import type { Entry } from "./entry.ts";
import type { LayerIndex } from "./layer.ts";
import { comparePaths } from "./path.ts";
import { emptyTree, impliedDirectory, NO_CHILDREN, type Tree, type TreeNode } from "./tree.ts";
import { type Lack, UpperChildren, unknownNode, unknownTree } from "./unknown.ts";
import { opaquePath } from "./whiteout.ts";

/** The tree of a stack of layers, bottom first; a node's `layer` is its place in the stack. */
export function buildTree(indexes: readonly LayerIndex[]): Tree {
  return indexes.reduce((tree, index, number) => applyLayer(tree, index, number), emptyTree);
}

/**
 * The tree of the layers from number `first` on, when nobody knows those below: it answers what these alone decide, as
 * the tree of all layers would, and throws `lack` at every other question.
 */
export function buildUpperTree(
  indexes: readonly LayerIndex[],
  { first, lack }: { readonly first: number; readonly lack: Lack },
): Tree {
  return indexes.reduce((tree, index, at) => applyLayer(tree, index, first + at), unknownTree(lack));
}

/**
 * The tree with one more layer on top. Whiteouts and opaque marks hide what lower layers have and never
 * what this one adds (OCI image-spec, layer.md, "Applying Changesets"); a directory over a directory
 * keeps what is in it, anything else replaces; parents that no layer has are implied. Directories that
 * the layer does not touch are shared with `tree`. `integrity-store` when the index contradicts itself,
 * as by a hard link whose file is not in the layer.
 */
export function applyLayer(tree: Tree, index: LayerIndex, layerNumber: number): Tree {
  const { entries } = index;
  if (entries.length === 0) return tree;
  const cursor: Cursor = { entries, next: 0, layer: layerNumber, ...collect(entries) };
  const own = entries[0]?.path === "" ? entries[cursor.next++] : undefined;
  if (own && own.kind !== "dir") throw broken("the root is not a directory");
  return { root: mergeDirectory(cursor, { path: "", own, base: tree.root }) };
}

/** A walk over the entries of a layer: they are sorted, so each directory takes its own and leaves the rest. */
interface Cursor {
  readonly entries: readonly Entry[];
  next: number;
  readonly layer: number;
  /** Files with several names, by the first of them. */
  readonly linked: ReadonlyMap<string, Entry>;
  /** Paths of the opaque marks. */
  readonly opaque: ReadonlySet<string>;
}

interface Place {
  readonly path: string;
  /** What the layer says of the path itself. */
  readonly own: Entry | undefined;
  /** What the path is below the layer. */
  readonly base: TreeNode | undefined;
}

function collect(entries: readonly Entry[]): Pick<Cursor, "linked" | "opaque"> {
  const opaque = new Set<string>();
  const targets = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === "hardlink") targets.add(entry.link ?? "");
    else if (entry.kind === "opaque") opaque.add(entry.path);
  }
  const linked = new Map<string, Entry>();
  if (targets.size === 0) return { linked, opaque };
  for (const entry of entries) {
    if (entry.kind === "file" && targets.has(entry.path)) linked.set(entry.path, entry);
  }
  return { linked, opaque };
}

function mergeDirectory(cursor: Cursor, { path, own, base }: Place): TreeNode {
  const below = base?.entry.kind === "dir" ? base : undefined;
  const hidden = cursor.opaque.size > 0 && cursor.opaque.has(opaquePath(path));
  const children = mergeChildren(
    cursor,
    path,
    hidden ? emptied(own, below) : (below?.children ?? NO_CHILDREN),
  );
  if (own) return { entry: own, layer: cursor.layer, children };
  if (below) return { entry: below.entry, layer: below.layer, children };
  return { entry: impliedDirectory(path), layer: cursor.layer, children };
}

/** A directory that has been emptied. One of which nobody knows what it is itself is not known to its end, either. */
function emptied(own: Entry | undefined, below: TreeNode | undefined): ReadonlyMap<string, TreeNode> {
  const upper = below?.children instanceof UpperChildren ? below.children : undefined;
  return own || !upper ? NO_CHILDREN : new UpperChildren(new Map(), new Set(), upper.lack);
}

/** Two sorted sequences become one, so that the map is in order without sorting anything. */
function mergeChildren(
  cursor: Cursor,
  path: string,
  lower: ReadonlyMap<string, TreeNode>,
): ReadonlyMap<string, TreeNode> {
  if (!isInside(cursor, path)) return lower;
  const merged = new Map<string, TreeNode>();
  const upper = lower instanceof UpperChildren ? lower : undefined;
  const absent = upper && new Set(upper.absent);
  const below = (upper?.known ?? lower).entries();
  let low = below.next();
  let previous = "";
  while (isInside(cursor, path)) {
    const child = nextPath(cursor, path);
    const name = path === "" ? child : child.slice(path.length + 1);
    if (comparePaths(previous, name) >= 0) throw broken(`${JSON.stringify(child)} is out of order`);
    previous = name;
    for (; !low.done && comparePaths(low.value[0], name) < 0; low = below.next()) merged.set(...low.value);
    const found = !low.done && low.value[0] === name ? low.value[1] : undefined;
    if (found) low = below.next();
    const base = found ?? (absent && !absent.has(name) ? unknownNode(child, upper.lack) : undefined);
    const node = mergeName(cursor, child, base);
    if (node) merged.set(name, node);
    else absent?.add(name);
  }
  for (; !low.done; low = below.next()) merged.set(...low.value);
  if (absent) return new UpperChildren(merged, absent, upper.lack);
  return merged.size === 0 ? NO_CHILDREN : merged;
}

/** Whether the next entry lies in a directory, which is what the entry before it was or was in. */
function isInside({ entries, next }: Cursor, path: string): boolean {
  const entry = entries[next];
  if (!entry || path === "") return entry !== undefined;
  return entry.path.charCodeAt(path.length) === SLASH && entry.path.startsWith(path);
}

/** The path of the directory's child that the next entry is, or is in. */
function nextPath({ entries, next }: Cursor, path: string): string {
  const full = (entries[next] as Entry).path;
  const end = full.indexOf("/", path === "" ? 0 : path.length + 1);
  return end < 0 ? full : full.slice(0, end);
}

function mergeName(cursor: Cursor, path: string, base: TreeNode | undefined): TreeNode | undefined {
  const first = cursor.entries[cursor.next] as Entry;
  if (first.path.length !== path.length) return mergeDirectory(cursor, { path, own: undefined, base });
  cursor.next++;
  switch (first.kind) {
    case "opaque":
      return undefined;
    case "dir":
      return mergeDirectory(cursor, { path: first.path, own: first, base });
    case "whiteout":
      if (!isInside(cursor, path)) return undefined;
      return mergeDirectory(cursor, { path, own: undefined, base: undefined });
    default:
      if (!isInside(cursor, path)) return leaf(cursor, first);
      throw broken(`${JSON.stringify(path)} is not a directory and has something in it`);
  }
}

function leaf({ layer, linked }: Cursor, entry: Entry): TreeNode {
  if (entry.kind !== "hardlink") {
    if (!linked.has(entry.path)) return { entry, layer, children: undefined };
    return { entry, layer, children: undefined, inode: inodeName(layer, entry.path) };
  }
  const link = entry.link ?? "";
  const file = linked.get(link);
  if (!file)
    throw broken(
      `${JSON.stringify(entry.path)} is a hard link to ${JSON.stringify(link)}, no file of the layer`,
    );
  return { entry: { ...file, path: entry.path }, layer, children: undefined, inode: inodeName(layer, link) };
}

/** First names are unique in a layer, not in a tree: another layer may have a file of that name with links too. */
function inodeName(layer: number, firstName: string): string {
  return `${layer}:${firstName}`;
}

const SLASH = 0x2f;

function broken(why: string): TareError {
  return new TareError("integrity-store", `damaged layer index: ${why}`);
}

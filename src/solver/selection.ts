import { posix } from "node:path";
import { type Digest, sha256, TareError } from "../base/index.ts";
import { compileIgnore } from "../dockerfile/index.ts";
import { type CopyAction, canonicalJson } from "../graph/index.ts";
import { expandWildcard, lookup, type Tree, type TreeNode } from "../tree/index.ts";
import type { FileTree } from "./files.ts";

/** One source of a copy, found: a file, or a directory with what is in it. */
export interface Selected {
  /** The last component of the path as it was asked for; a file copied into a directory gets this name. */
  readonly name: string;
  readonly node: TreeNode;
  /** What the copy takes, the node itself first; `path` is relative to it. */
  readonly items: readonly SelectedItem[];
}

export interface SelectedItem {
  readonly path: string;
  readonly node: TreeNode;
}

/** Finds the sources of a copy. A wildcard may match nothing; a plain path that does not exist is an error. */
export async function selectSources(files: FileTree, action: CopyAction): Promise<readonly Selected[]> {
  const tree = await files.tree();
  const pattern = action.source.slice(1);
  const paths = action.wildcard && /[*?[\\]/.test(pattern) ? expandWildcard(tree, pattern) : [pattern];
  return paths.map((path) => select(tree, path, { files, action }));
}

/** The part of a cache key that the selected files are: everything but times. */
export async function selectionDigest(files: FileTree, selected: readonly Selected[]): Promise<Digest> {
  const regular = selected
    .flatMap(({ items }) => items.map(({ node }) => node))
    .filter(({ entry }) => entry.kind === "file");
  const digests = await files.digests(regular);
  const contents = new Map(regular.map((node, index) => [node, digests[index]]));
  const lines = selected.map(({ name, node, items }) => [
    node.entry.kind === "dir" ? "" : name,
    items.map((item) => [item.path, ...keyFields(item.node), contents.get(item.node) ?? ""]),
  ]);
  return sha256(canonicalJson(lines));
}

function select(
  tree: Tree,
  path: string,
  { files, action }: { readonly files: FileTree; readonly action: CopyAction },
): Selected {
  const found = lookup(tree, path);
  if (!found)
    throw new TareError("resolve-path", `${JSON.stringify(`/${path}`)}: not found in ${files.title}`, {
      hint: "check the spelling; a file of the build context may also be left out by .dockerignore",
    });
  const all =
    found.node.entry.kind === "dir" ? [...descend(found.node, "")] : [{ path: "", node: found.node }];
  return {
    name: posix.basename(path),
    node: found.node,
    items: withoutExcluded(all, { path, patterns: action.exclude }),
  };
}

/** A directory and everything in it, in the order of names. */
function* descend(node: TreeNode, path: string): Generator<SelectedItem> {
  yield { path, node };
  for (const [name, child] of node.children ?? [])
    yield* descend(child, path === "" ? name : `${path}/${name}`);
}

/** Patterns of --exclude count from the source; for a single file they see its name. */
function withoutExcluded(
  items: readonly SelectedItem[],
  { path, patterns }: { readonly path: string; readonly patterns: readonly string[] },
): readonly SelectedItem[] {
  if (patterns.length === 0) return items;
  const matcher = compileIgnore(patterns);
  const single = items.length === 1 && items[0]?.node.entry.kind !== "dir";
  return items.filter(
    (item) => !matcher.matches(single ? posix.basename(path) : item.path) || (item.path === "" && !single),
  );
}

/** What BuildKit's content key sees of a file: the tar header without the time. */
function keyFields({ entry, inode }: TreeNode): readonly unknown[] {
  const { kind, mode, uid, gid, size, link, device } = entry;
  const xattrs = Object.entries(entry.xattrs ?? {})
    .filter(([name]) => name === "security.capability" || !/^(security|system)\./.test(name))
    .map(([name, value]) => [name, Buffer.from(value).toString("base64")])
    .sort();
  return [kind, mode, uid, gid, size, link ?? "", device ?? "", xattrs, inode === undefined ? 0 : 1];
}

import { createHasher, type Digest } from "../base/index.ts";
import type { Entry } from "./entry.ts";
import { lookup } from "./lookup.ts";
import { baseName } from "./path.ts";
import type { Tree, TreeNode } from "./tree.ts";
import { walkTree } from "./walk.ts";

/** Paths of a tree that something takes: one path, with all that is in it. */
export interface Selector {
  readonly path: string;
  /** Whether a symbolic link at the end of the path is followed; default true. */
  readonly followLast?: boolean;
  /** Leaves out what it is true for; paths are relative to the selected one, which is "". */
  readonly exclude?: (path: string, isDirectory: boolean) => boolean;
}

/** What a selector stands for. Nothing is kept of a node but the node: there may be hundreds of thousands. */
export interface Selection {
  /** The last component of the path as it was asked for. */
  readonly name: string;
  /** Where the selected node is in its tree. */
  readonly top: string;
  /** What was found, the selected node first; empty when there is nothing at the path. */
  readonly nodes: readonly TreeNode[];
  /** Directories among them that no pattern asks for: they are only above what one asks for. */
  readonly onTheWay?: ReadonlySet<TreeNode>;
}

/** The path of a selected node relative to the selected path, which is "" itself. */
export function relativePath({ top }: Pick<Selection, "top">, { entry }: TreeNode): string {
  if (entry.path === top) return "";
  return entry.path.slice(top === "" ? 0 : top.length + 1);
}

/** Finds a path of a tree with all that is in it. */
export function selectPath(tree: Tree, { path, followLast = true, exclude }: Selector): Selection {
  const name = baseName(path.replace(/\/+$/, ""));
  const found = lookup(tree, path, { followLast });
  const top = found?.node.entry.path ?? "";
  const nodes: TreeNode[] = [];
  for (const node of found ? walkTree(found.node) : [])
    if (!exclude?.(relativePath({ top }, node), node.children !== undefined)) nodes.push(node);
  return { name, top, nodes };
}

/**
 * The digest of exactly what is selected, for the key of a step that uses nothing else: names (the
 * selected one by its last component), kind, mode, owner, size, link, device, content, which names are
 * one file, and the extended attributes that an image keeps. Never a time: touching a file changes
 * nothing, chmod does. A path that does not exist counts as missing. `digestsOf` is asked, once for each
 * selection, for contents whose digest the tree does not know.
 */
export async function contentDigest(
  selections: readonly Selection[],
  digestsOf: (nodes: readonly TreeNode[]) => Promise<readonly Digest[]>,
): Promise<Digest> {
  const hasher = createHasher();
  const firstNames = new Map<string, string>();
  for (const [index, selection] of selections.entries()) {
    const unknown = selection.nodes.filter(lacksDigest);
    const digests = unknown.length > 0 ? await digestsOf(unknown) : [];
    for (const lines of linesOf(selection, { index, digests, firstNames })) hasher.update(lines);
  }
  return hasher.digest();
}

function lacksDigest({ entry }: TreeNode): boolean {
  return entry.kind === "file" && entry.digest === undefined;
}

/** The hashed lines of a selection, many at a time. `digests` are those that its nodes lack, in order. */
function* linesOf(
  selection: Selection,
  {
    index,
    digests,
    firstNames,
  }: {
    readonly index: number;
    readonly digests: readonly Digest[];
    readonly firstNames: Map<string, string>;
  },
): Generator<string> {
  const { name, nodes } = selection;
  let next = 0;
  let lines = `${JSON.stringify(["select", name, nodes.length])}\n`;
  for (const node of nodes) {
    const { inode, entry } = node;
    const path = relativePath(selection, node);
    const digest = lacksDigest(node) ? digests[next++] : entry.digest;
    const sameAs = inode === undefined ? undefined : firstNames.get(inode);
    if (inode !== undefined && sameAs === undefined) firstNames.set(inode, `${index}:${path}`);
    lines += lineOf(path, entry, { digest: digest ?? "", sameAs: sameAs ?? "" });
    if (lines.length < LINES) continue;
    yield lines;
    lines = "";
  }
  yield lines;
}

/** So many characters are hashed at once. */
const LINES = 64 * 1024;

/** A list as JSON, put together by hand: of 50,000 files that takes a third of the time. */
function lineOf(
  path: string,
  { kind, mode, uid, gid, size, link = "", device, xattrs }: Entry,
  { digest, sameAs }: { readonly digest: string; readonly sameAs: string },
): string {
  const special = device ? `[${device.major},${device.minor}]` : '""';
  const kept = xattrs ? JSON.stringify(keptXattrs(xattrs)) : "[]";
  const first = sameAs === "" ? '""' : JSON.stringify(sameAs);
  const target = link === "" ? '""' : JSON.stringify(link);
  return `[${JSON.stringify(path)},"${kind}",${mode},${uid},${gid},${size},${target},${special},${kept},"${digest}",${first}]\n`;
}

/** As BuildKit's content key: what the kernel or the host's security module has put there is not content. */
function keptXattrs(xattrs: Readonly<Record<string, Uint8Array>>): readonly string[] {
  return Object.keys(xattrs)
    .filter(isImageXattr)
    .sort()
    .flatMap((name) => [name, Buffer.from(xattrs[name] as Uint8Array).toString("base64")]);
}

/** Whether an extended attribute belongs to a file as an image has it, and not to the host that it is on. */
export function isImageXattr(name: string): boolean {
  return name === "security.capability" || !(name.startsWith("security.") || name.startsWith("system."));
}

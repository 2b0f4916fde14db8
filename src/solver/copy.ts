import { posix } from "node:path";
import { defined } from "../base/index.ts";
import type { CopyAction } from "../graph/index.ts";
import { type Entry, joinPath, relativePath, type Selection, type TreeNode } from "../tree/index.ts";
import type { Owner } from "./accounts.ts";
import { type Content, conflict, type DirectoryFacts, type Draft } from "./draft.ts";
import { changeMode } from "./mode.ts";

/** What a copy changes of the files on their way. */
export interface CopyChange {
  /** The owner that --chown names. */
  readonly owner?: Owner;
  /** Octal or symbolic. */
  readonly chmod?: string;
  /** Keep each file's own owner, as COPY --from does, where `owner` names none. */
  readonly keepOwner: boolean;
  /** The time of directories that have to be made; seconds since 1970. */
  readonly now: number;
}

/**
 * Places one source by the rules of COPY (dockerfile-reference, "Destination"): a directory gives its
 * content, a file goes into an existing directory under its own name; a destination that ends in `/` is
 * a directory; missing parents are made; links in the destination are followed.
 */
export function copyInto(
  draft: Draft,
  selected: Selection,
  options: {
    readonly action: Pick<CopyAction, "destination">;
    readonly files: Content["files"];
    readonly change: CopyChange;
  },
): void {
  const { action, files, change } = options;
  const target = targetOf(draft, selected, { destination: action.destination, change });
  const firstNames = new Map<string, string>();
  for (const node of selected.nodes) {
    const relative = relativePath(selected, node);
    const path = joinPath(target, relative);
    if (node.entry.kind !== "dir") placeFile(draft, { path, node, change, files, firstNames });
    else if (relative === "") requireDirectory(draft, path);
    else placeDirectory(draft, { path, node, isOnTheWay: selected.onTheWay?.has(node) ?? false, change });
  }
  const [top] = selected.nodes;
  if (top?.entry.kind === "dir") draft.touch(target, top.entry.mtime);
}

/** The path that the source itself gets. */
function targetOf(
  draft: Draft,
  selected: Selection,
  to: { readonly destination: string; readonly change: CopyChange },
): string {
  const { destination, change } = to;
  const isDirectory = selected.nodes[0]?.entry.kind === "dir";
  const facts = madeDirectory(change);
  if (isDirectory || destination.endsWith("/"))
    draft.makeDirectory(destination.replace(/^\/+|\/+$/g, ""), facts);
  else draft.makeDirectory(posix.dirname(destination).slice(1), facts);
  const resolved = draft.resolve(destination.slice(1));
  if (isDirectory) return resolved;
  // A link at the destination may lead to where there is no directory yet.
  draft.makeDirectory(posix.dirname(`/${resolved}`).slice(1), facts);
  return draft.find(resolved)?.entry.kind === "dir" ? joinPath(resolved, selected.name) : resolved;
}

/** Directories that exist only because the copy needs them: 0755, or the rights of an octal --chmod. */
export function madeDirectory(change: Pick<CopyChange, "owner" | "chmod" | "now">): DirectoryFacts {
  const octal = change.chmod !== undefined && /^[0-7]+$/.test(change.chmod);
  return {
    mode: octal ? Number.parseInt(change.chmod as string, 8) & 0o777 : 0o755,
    mtime: change.now,
    ...(change.owner && { owner: change.owner }),
  };
}

/** What is to be a directory is one already, or is not there. The one at `path` now, if there is one. */
function requireDirectory(draft: Draft, path: string): Entry | undefined {
  const existing = draft.at(path);
  if (existing && existing.kind !== "dir") throw conflict(`cannot copy to non-directory: /${path}`);
  return existing;
}

/** Directories bring their own mode and owner; one that is only on the way to something leaves an owner as it is. */
function placeDirectory(
  draft: Draft,
  {
    path,
    node,
    isOnTheWay,
    change,
  }: {
    readonly path: string;
    readonly node: TreeNode;
    readonly isOnTheWay: boolean;
    readonly change: CopyChange;
  },
): void {
  const existing = requireDirectory(draft, path);
  if (isOnTheWay && existing) draft.put({ ...existing, mode: node.entry.mode });
  else draft.put(changed(node.entry, path, change));
}

function placeFile(
  draft: Draft,
  file: {
    readonly path: string;
    readonly node: TreeNode;
    readonly change: CopyChange;
    readonly files: Content["files"];
    readonly firstNames: Map<string, string>;
  },
): void {
  const { path, node, change, files, firstNames } = file;
  if (draft.at(path)?.kind === "dir") throw conflict(`cannot replace to directory /${path} with file`);
  const entry = changed(node.entry, path, change);
  const first = node.inode === undefined ? undefined : firstNames.get(node.inode);
  if (first !== undefined) return draft.put({ ...entry, kind: "hardlink", link: first, size: 0 });
  if (node.inode !== undefined) firstNames.set(node.inode, path);
  draft.put(entry, entry.kind === "file" ? { files, node } : undefined);
}

function changed(entry: Entry, path: string, { owner, chmod, keepOwner }: CopyChange): Entry {
  const kept: Owner = keepOwner ? entry : { uid: 0, gid: 0 };
  const { uid, gid } = owner ?? kept;
  const mode =
    chmod === undefined || entry.kind === "symlink"
      ? entry.mode
      : changeMode(entry.mode, chmod, entry.kind === "dir");
  const { kind, mtime, size, link, device, xattrs, digest } = entry;
  const plain = { path, kind, mode, uid, gid, mtime, size };
  if (link === undefined && !device && !xattrs) return digest === undefined ? plain : { ...plain, digest };
  return { ...plain, ...defined({ link, device, xattrs, digest }) };
}

import { TareError } from "../base/index.ts";
import { joinPath, pathComponents } from "./path.ts";
import type { Tree, TreeNode } from "./tree.ts";

export interface LookupOptions {
  /** Whether a symbolic link in the last component is followed; default true. Those before it always are. */
  readonly followLast?: boolean;
  /** The directory that a relative path starts from; default the root. */
  readonly cwd?: string;
}

/** What a path of a tree leads to. */
export interface Found {
  /** Where it really is: no link, `.` or `..` in it (but perhaps a link at its end, if that was asked for). */
  readonly path: string;
  readonly node: TreeNode;
}

/**
 * Finds a path as a process whose root is the tree would: links are resolved inside the tree, absolute
 * ones from its root, and `..` of the root is the root. Slashes at the end count for nothing. Undefined
 * when there is nothing, or something before the end is no directory. `user-context` after 255 links.
 */
export function lookup(tree: Tree, path: string, options: LookupOptions = {}): Found | undefined {
  const { trail, missing } = follow(tree, path, { ...options, mustExist: true });
  if (missing.length > 0) return undefined;
  return { path: trailPath(trail), node: trail.at(-1)?.node ?? tree.root };
}

/**
 * Where something written to `path` would land: links are resolved as far as there is something, in
 * the last component too, and what does not exist is appended as it is. Never leads out of the tree.
 */
export function resolvePath(tree: Tree, path: string): string {
  const { trail, missing } = follow(tree, path, {});
  return missing.reduce(joinPath, trailPath(trail));
}

/** As many as containerd's `fs.RootPath` follows. */
const MAX_LINKS = 255;

/** A component that was found, and what it is. */
interface Step {
  readonly name: string;
  readonly node: TreeNode;
}

interface Walked {
  readonly trail: readonly Step[];
  /** Components below the last one that exists. */
  readonly missing: readonly string[];
}

function follow(tree: Tree, path: string, options: LookupOptions & { readonly mustExist?: boolean }): Walked {
  const { followLast = true, cwd = "", mustExist = false } = options;
  const start = path.startsWith("/") ? path : `${cwd}/${path}`;
  const ahead = pathComponents(start).reverse();
  const trail: Step[] = [];
  const missing: string[] = [];
  let links = 0;
  for (let name = ahead.pop(); name !== undefined; name = ahead.pop()) {
    if (mustExist && trail.at(-1)?.node.children === undefined && trail.length > 0) missing.push(name);
    if (mustExist && missing.length > 0) break;
    if (name === "..") {
      if (missing.pop() === undefined) trail.pop();
      continue;
    }
    const node = missing.length > 0 ? undefined : childOf(trail.at(-1)?.node ?? tree.root, name);
    if (!node) missing.push(name);
    else if (node.entry.kind !== "symlink" || (ahead.length === 0 && !followLast)) trail.push({ name, node });
    else {
      if (++links > MAX_LINKS) throw tooManyLinks(path);
      const target = node.entry.link ?? "";
      if (target.startsWith("/")) trail.length = 0;
      ahead.push(...pathComponents(target).reverse());
    }
  }
  return { trail, missing };
}

function childOf(node: TreeNode, name: string): TreeNode | undefined {
  return node.children?.get(name);
}

function trailPath(trail: readonly Step[]): string {
  return trail.map(({ name }) => name).join("/");
}

function tooManyLinks(path: string): TareError {
  return new TareError("user-context", `too many symbolic links in ${JSON.stringify(path)}`, {
    hint: "look for a symbolic link that leads back to itself",
  });
}

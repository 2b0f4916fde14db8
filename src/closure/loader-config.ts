import { TareError } from "../base/index.ts";
import { comparePaths, expandWildcard, type Tree } from "../tree/index.ts";
import type { TreeFiles } from "./tree-files.ts";

/** The content of a small text file of a tree, by its own path; undefined when it is not known. */
export type TextOf = (path: string) => string | undefined;

const CACHE = "etc/ld.so.cache";
const CONFIG = "/etc/ld.so.conf";
/** `include` may lead to a file that includes others. */
const MAX_FILES = 100;

/**
 * The folders that /etc/ld.so.conf and what it includes name (ldconfig(8)). None when the tree has no
 * /etc/ld.so.cache: the loader reads only that, and ldconfig makes it of these folders.
 */
export function configuredFolders(
  tree: Tree,
  { files, text }: { readonly files: TreeFiles; readonly text: TextOf },
): readonly string[] {
  if (!files.at(CACHE)) return [];
  const folders: string[] = [];
  const ahead = [CONFIG];
  const seen = new Set<string>();
  for (let path = ahead.shift(); path !== undefined && seen.size < MAX_FILES; path = ahead.shift()) {
    const found = files.at(path)?.path;
    if (found === undefined || seen.has(found)) continue;
    seen.add(found);
    for (const line of (text(found) ?? "").split("\n")) {
      const [first = "", ...rest] = line
        .replace(/#.*/, "")
        .trim()
        .split(/[\s,:=]+/);
      if (first === "include") for (const pattern of rest) ahead.push(...included(tree, pattern));
      else if (first.startsWith("/")) folders.push(first);
    }
  }
  return folders;
}

/**
 * A pattern without a slash in front starts from the folder of the file, which is /etc in all but odd cases. One
 * that is malformed, or leads round in a circle of links, includes nothing, as with ldconfig.
 */
function included(tree: Tree, pattern: string): readonly string[] {
  try {
    const paths = expandWildcard(tree, pattern.startsWith("/") ? pattern : `/etc/${pattern}`);
    return paths.toSorted(comparePaths).map((path) => `/${path}`);
  } catch (error) {
    if (error instanceof TareError) return [];
    throw error;
  }
}

/** The folders that musl's loader is told instead of its own; none when nobody tells it. */
export function muslConfiguredFolders(tree: Tree, text: TextOf): readonly string[] {
  return included(tree, "ld-musl-*.path").flatMap(
    (path) => (text(path.slice(1)) ?? "").match(/[^:\n]+/g) ?? [],
  );
}

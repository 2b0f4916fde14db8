import { comparePaths, expandWildcard, lookup, type Tree } from "../tree/index.ts";

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
export function configuredFolders(tree: Tree, text: TextOf): readonly string[] {
  if (!lookup(tree, CACHE)) return [];
  const folders: string[] = [];
  const ahead = [CONFIG];
  const seen = new Set<string>();
  for (let path = ahead.shift(); path !== undefined && seen.size < MAX_FILES; path = ahead.shift()) {
    const found = lookup(tree, path)?.path;
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

/** A pattern without a slash in front starts from the folder of the file, which is /etc in all but odd cases. */
function included(tree: Tree, pattern: string): readonly string[] {
  const absolute = pattern.startsWith("/") ? pattern : `/etc/${pattern}`;
  return expandWildcard(tree, absolute)
    .toSorted(comparePaths)
    .map((path) => `/${path}`);
}

/** The folders that musl's loader is told instead of its own; none when nobody tells it. */
export function muslConfiguredFolders(tree: Tree, text: TextOf): readonly string[] {
  return expandWildcard(tree, "/etc/ld-musl-*.path").flatMap(
    (path) => (text(path) ?? "").match(/[^:\n]+/g) ?? [],
  );
}

/** Directories of the root that are links into /usr on every merged system (UsrMerge); lib64 where the loader is there. */
export const MERGED_ALWAYS: readonly string[] = ["bin", "sbin", "lib", "lib64"];

/** Those that are links, too, on a system that has libraries of a second word size. */
export const MERGED_WITH_LIBRARIES: readonly string[] = ["lib32", "libx32"];

const MERGED: ReadonlySet<string> = new Set([...MERGED_ALWAYS, ...MERGED_WITH_LIBRARIES]);

/** Whether a path is one of the links themselves; packages may still bring it as a directory. */
export function isMergedLink(path: string): boolean {
  return MERGED.has(path);
}

/** `lib/x` as `usr/lib/x`; `lib` itself as the directory that it leads to. */
export function mergedPath(path: string): string {
  return MERGED.has(path.split("/", 1)[0] ?? "") ? `usr/${path}` : path;
}

/** Directories of the root that are links into /usr; packages may still use the old names. */
export const MERGED: readonly string[] = ["bin", "sbin", "lib", "lib64"];

/** `lib/x` as `usr/lib/x`; `lib` itself as the directory that it leads to. */
export function mergedPath(path: string): string {
  return MERGED.includes(path.split("/", 1)[0] ?? "") ? `usr/${path}` : path;
}

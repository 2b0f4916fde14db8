/** Directories at the root that are links into `/usr` (Debian's merged /usr). */
const MERGED = /^\/(?=(?:bin|sbin|lib|lib32|lib64|libx32)(?:\/|$))/;

/**
 * An absolute path or pattern as everything else writes it: one slash between components, none at the end, and below
 * `/usr` what a merged system has there. The path must not have a component `..`.
 */
export function normalPath(path: string): string {
  const plain = `/${path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/")}`;
  return plain.replace(MERGED, "/usr/");
}

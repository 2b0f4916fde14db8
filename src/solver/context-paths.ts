import type { Entry } from "../tree/index.ts";

/** The parts of a context that sources of COPY lie in: wildcards cut off; undefined is everything. */
export function contextPaths(sources: readonly string[] | undefined): readonly string[] | undefined {
  const paths = sources?.map(literalPart);
  return paths?.includes("") ? undefined : paths;
}

/**
 * Whether an entry is a link that a source may lead through, or stand for: its target may be anywhere. What a
 * wildcard matches is not looked at here; any link that it could reach counts.
 */
export function followsLink(entry: Entry, sources: readonly string[]): boolean {
  if (entry.kind !== "symlink") return false;
  return sources.some((source) => {
    const literal = literalPart(source);
    const onTheWay = literal === entry.path || literal.startsWith(`${entry.path}/`);
    return onTheWay || (/[*?[\\]/.test(source) && isBelow(entry.path, literal));
  });
}

function isBelow(path: string, folder: string): boolean {
  return folder === "" || path.startsWith(`${folder}/`);
}

/** `/src/*.c` lies in `src`. */
function literalPart(source: string): string {
  const parts = source.split("/").filter(Boolean);
  const wild = parts.findIndex((part) => /[*?[\\]/.test(part));
  return (wild < 0 ? parts : parts.slice(0, wild)).join("/");
}

import type { Entry } from "../tree/index.ts";

/** The parts of a context that sources of COPY lie in: wildcards cut off; undefined is everything. */
export function contextPaths(sources: readonly string[] | undefined): readonly string[] | undefined {
  const paths = sources?.map(literalPart);
  return paths?.includes("") ? undefined : paths;
}

/** Whether an entry is a link that a wanted path leads through: its target may be anywhere. */
export function followsLink(entry: Entry, wanted: readonly string[]): boolean {
  return (
    entry.kind === "symlink" &&
    wanted.some((want) => want === entry.path || want.startsWith(`${entry.path}/`))
  );
}

/** `/src/*.c` lies in `src`. */
function literalPart(source: string): string {
  const parts = source.split("/").filter(Boolean);
  const wild = parts.findIndex((part) => /[*?[\\]/.test(part));
  return (wild < 0 ? parts : parts.slice(0, wild)).join("/");
}

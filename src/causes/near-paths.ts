import { suggest } from "../text/index.ts";
import { baseName, isPattern, parentPath } from "../tree/index.ts";

const MOST = 5;

/** Paths that somebody may have meant: those of the same name elsewhere, else one of nearly the same name, near first. */
export function nearPaths(paths: readonly string[], wanted: string): readonly string[] {
  const name = baseName(wanted);
  if (name === "" || isPattern(name)) return [];
  const same = paths.filter((path) => baseName(path) === name);
  if (same.length > 0) return same.slice(0, MOST);
  const folder = parentPath(wanted);
  const sibling = suggest(
    name,
    paths.filter((path) => path !== "" && parentPath(path) === folder).map(baseName),
  );
  if (sibling !== undefined) return [folder === "" ? sibling : `${folder}/${sibling}`];
  const other = suggest(name, [...new Set(paths.map(baseName))]);
  return other === undefined ? [] : paths.filter((path) => baseName(path) === other).slice(0, MOST);
}

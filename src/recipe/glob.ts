import { compilePathGlob, type PathTest } from "../tree/index.ts";

/** One test for many patterns: those that begin with plain components are looked at only below these. */
export function compileGlobs(patterns: readonly string[]): PathTest {
  const tests = patterns.map((pattern) => ({ prefix: plainPrefix(pattern), test: compilePathGlob(pattern) }));
  return (path) => tests.some(({ prefix, test }) => path.startsWith(prefix) && test(path));
}

/** Which paths of the packages a recipe keeps: everything but `exclude`, and of that what `include` names. */
export function keptPaths({
  exclude,
  include,
}: {
  readonly exclude: readonly string[];
  readonly include: readonly string[];
}): PathTest {
  const isExcluded = compileGlobs(exclude);
  const isIncluded = compileGlobs(include);
  return (path) => !isExcluded(path) || isIncluded(path);
}

/** The characters that every match begins with; a folder's own path matches its `/**` too. */
function plainPrefix(pattern: string): string {
  const special = pattern.search(/[*?[\\]/);
  if (special < 0) return pattern;
  const prefix = pattern.slice(0, special);
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}

import { compilePattern, isPattern } from "../tree/index.ts";

/** Whether an absolute path matches a pattern. */
export type PathTest = (path: string) => boolean;

/**
 * A pattern of paths as a test. Component by component: `*` any characters, `?` one, `[a-z]` one of a class, a `**` of
 * its own any number of components, also none: `/usr/share/man/**` is the folder and everything in it. Takes no more
 * than length times length steps for any pattern. `user-dockerfile-semantics` for a class that is not closed.
 */
export function compileGlob(pattern: string): PathTest {
  const parts = pattern.split("/").slice(1).map(compilePart);
  return (path) => matches(parts, path.split("/").slice(1));
}

/** One test for many patterns: those that begin with plain components are looked at only below these. */
export function compileGlobs(patterns: readonly string[]): PathTest {
  const tests = patterns.map((pattern) => ({ prefix: plainPrefix(pattern), test: compileGlob(pattern) }));
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

type Part = "any" | ((component: string) => boolean);

function compilePart(component: string): Part {
  if (component === "**") return "any";
  return isPattern(component) ? compilePattern(component) : (name) => name === component;
}

/** The characters that every match begins with; a folder's own path matches its `/**` too. */
function plainPrefix(pattern: string): string {
  const special = pattern.search(/[*?[\\]/);
  if (special < 0) return pattern;
  const prefix = pattern.slice(0, special);
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}

/** Goes back only to the last `**`, as the matching of a component does to its last star. */
function matches(parts: readonly Part[], names: readonly string[]): boolean {
  let part = 0;
  let at = 0;
  let any = -1;
  let anyAt = 0;
  while (at < names.length) {
    const current = parts[part];
    if (current === "any") {
      any = part++;
      anyAt = at;
    } else if (current?.(names[at] as string)) {
      part++;
      at++;
    } else if (any >= 0) {
      part = any + 1;
      at = ++anyAt;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === "any");
}

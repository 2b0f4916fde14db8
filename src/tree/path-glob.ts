import { compilePattern, isPattern } from "./glob.ts";
import { pathComponents } from "./path.ts";

/** Whether a path matches a pattern. */
export type PathTest = (path: string) => boolean;

/**
 * A pattern of paths as a test. Component by component: `*` any characters, `?` one, `[a-z]` one of a class, a `**` of
 * its own any number of components, also none: `/usr/share/man/**` is the folder and everything in it. A slash in front
 * counts for nothing. Takes no more than length times length steps for any pattern. `user-dockerfile-semantics` for a
 * class that is not closed.
 */
export function compilePathGlob(pattern: string): PathTest {
  const parts = pathComponents(pattern).map(compilePart);
  return (path) => matches(parts, pathComponents(path));
}

type Part = "any" | ((component: string) => boolean);

function compilePart(component: string): Part {
  if (component === "**") return "any";
  return isPattern(component) ? compilePattern(component) : (name) => name === component;
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

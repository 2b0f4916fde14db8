import { compilePattern, isPattern } from "./glob.ts";
import { pathComponents } from "./path.ts";
import { matchesParts, type PatternPart } from "./pattern-parts.ts";

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
  return (path) => matchesParts(parts, pathComponents(path));
}

function compilePart(component: string): PatternPart<string> {
  if (component === "**") return "any";
  return isPattern(component) ? compilePattern(component) : (name) => name === component;
}

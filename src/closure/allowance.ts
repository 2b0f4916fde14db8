import { TareError } from "../base/index.ts";
import { compilePathGlob } from "../tree/index.ts";
import type { Gap } from "./gap.ts";

/** Gaps that a recipe leaves on purpose. */
export interface Allowance {
  /**
   * What may be missing: sonames (`libnsl.so.2`), symbol versions, commands and paths (`/usr/bin/perl`), and
   * the paths of files that nothing can load. Patterns as in a shell, `**` for any folders.
   */
  readonly missing?: readonly string[];
  /** Links that may lead to nothing, by their own paths: `/usr/share/doc/**`. */
  readonly dangling?: readonly string[];
}

/**
 * Gaps that are allowed become `allowed`; a pattern that allows none of them is a gap itself, an `advice`.
 * `user-bad-recipe` for a malformed pattern.
 */
export function allowGaps(gaps: readonly Gap[], { missing = [], dangling = [] }: Allowance): readonly Gap[] {
  const rules = [
    ...dangling.map((pattern) => ruleOf(pattern, { isFor: (gap) => gap.kind === "link" })),
    ...missing.map((pattern) => ruleOf(pattern, { isFor: (gap) => gap.kind !== "link" })),
  ];
  const used = new Set<Rule>();
  const judged = gaps.map((gap) => {
    const matching = rules.filter((rule) => rule.isFor(gap) && namesOf(gap).some(rule.matches));
    for (const rule of matching) used.add(rule);
    return matching.length > 0 ? { ...gap, level: "allowed" as const } : gap;
  });
  const unused = rules
    .filter((rule) => !used.has(rule))
    .map(({ pattern }) => ({ kind: "unused-allowance", level: "advice", pattern }) as const);
  return [...judged, ...unused];
}

interface Rule {
  readonly pattern: string;
  readonly isFor: (gap: Gap) => boolean;
  readonly matches: (name: string) => boolean;
}

function ruleOf(pattern: string, { isFor }: Pick<Rule, "isFor">): Rule {
  return { pattern, isFor, matches: pathMatcher(pattern) };
}

/** What a pattern may name of a gap. */
function namesOf(gap: Gap): readonly string[] {
  switch (gap.kind) {
    case "link":
    case "unloadable":
      return [gap.file];
    case "version":
      return [gap.needs, gap.version];
    case "unused-allowance":
      return [];
    default:
      return [gap.needs];
  }
}

function pathMatcher(pattern: string): (path: string) => boolean {
  try {
    return compilePathGlob(pattern);
  } catch (error) {
    if (!(error instanceof TareError)) throw error;
    throw new TareError("user-bad-recipe", `malformed pattern: ${JSON.stringify(pattern)}`, {
      hint: "close every [ with a ], and write a backslash before a character that is meant as it is",
      cause: error,
    });
  }
}

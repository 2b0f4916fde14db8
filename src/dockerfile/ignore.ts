import { posix } from "node:path";
import { compilePattern, malformedPattern, type PathPattern } from "./ignore-pattern.ts";
import { trimSpace } from "./words.ts";

/** Which paths a list of patterns leaves out. */
export interface IgnoreMatcher {
  /** Whether a path (relative, `/` between components) is left out. */
  matches(path: string): boolean;
  /** Whether nothing below a directory that is left out can be taken back by a later `!` pattern. */
  canPrune(directory: string): boolean;
}

/** The patterns of a .dockerignore file: comments and empty lines gone, paths cleaned. */
export function parseIgnoreFile(text: string): readonly string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    if (line.startsWith("#")) continue;
    const trimmed = trimSpace(line);
    if (trimmed === "") continue;
    const negated = trimmed.startsWith("!");
    const body = negated ? trimSpace(trimmed.slice(1)) : trimmed;
    if (body === "") {
      patterns.push(trimmed);
      continue;
    }
    const clean = cleanPath(body);
    const relative = clean.length > 1 && clean.startsWith("/") ? clean.slice(1) : clean;
    patterns.push((negated ? "!" : "") + relative);
  }
  return patterns;
}

/**
 * Compiles patterns as Docker matches them (moby/patternmatcher, MatchesUsingParentResults): `**` for any
 * number of directories; `!` takes back; the last match wins; what is in a matched directory is matched.
 * `user-context` for a malformed pattern.
 */
export function compileIgnore(patterns: readonly string[]): IgnoreMatcher {
  const rules = patterns.map(compileRule).filter((rule) => rule !== undefined);
  const exceptions = rules.filter(({ negated }) => negated);
  const memo = new Map<string, Outcome>();

  function outcomeOf(path: string): Outcome {
    const slash = path.lastIndexOf("/");
    return evaluate(rules, path, slash < 0 ? undefined : remembered(path.slice(0, slash)));
  }

  /** Only directories are remembered, because only they are asked for again. */
  function remembered(directory: string): Outcome {
    const known = memo.get(directory) ?? outcomeOf(directory);
    memo.set(directory, known);
    return known;
  }

  return {
    matches: (path) => rules.length > 0 && outcomeOf(path).matched,
    canPrune: (directory) => !exceptions.some((rule) => mayReach(rule, directory)),
  };
}

interface Rule {
  readonly negated: boolean;
  readonly pattern: PathPattern;
  /** Of the pattern; undefined where it can not be cut at its slashes. */
  readonly components: readonly PathPattern[] | undefined;
}

interface Outcome {
  readonly matched: boolean;
  /** For every rule whether it matched here or above. */
  readonly hits: readonly boolean[];
}

/**
 * A rule that could change nothing is not looked at, and then counts as one that did not match for
 * everything below too: the reference has it so.
 */
function evaluate(rules: readonly Rule[], path: string, above: Outcome | undefined): Outcome {
  let matched = false;
  const hits = rules.map(({ negated, pattern }, index) => {
    const hit = above?.hits[index] || (negated === matched && pattern.test(path));
    if (hit) matched = !negated;
    return hit;
  });
  return { matched, hits };
}

function compileRule(text: string): Rule | undefined {
  const trimmed = trimSpace(text);
  if (trimmed === "") return undefined;
  const whole = cleanPath(trimmed);
  const negated = whole.startsWith("!");
  const clean = negated ? whole.slice(1) : whole;
  if (clean === "") throw malformedPattern(text, 'illegal exclusion pattern: "!"');
  const components = /[[\\]|\*\*/.test(clean) ? undefined : clean.split("/").map(compilePattern);
  return { negated, pattern: compilePattern(clean), components };
}

/** Whether a pattern could match something below a directory. */
function mayReach({ components }: Rule, directory: string): boolean {
  if (!components) return true;
  const parts = directory.split("/");
  return (
    components.length > parts.length && parts.every((part, index) => components[index]?.test(part) === true)
  );
}

/** Go's filepath.Clean: a trailing slash goes, `.` and `..` are resolved. */
function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

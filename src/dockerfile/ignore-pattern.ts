import { assertNever, TareError } from "../base/index.ts";

/** One compiled pattern for paths. */
export interface PathPattern {
  test(path: string): boolean;
}

/**
 * Compiles a pattern of moby/patternmatcher: `*` and `?` within a component, `**` across them, classes and
 * escapes as in Go's filepath.Match. Time is bounded whatever the pattern. `user-context` when malformed.
 */
export function compilePattern(pattern: string): PathPattern {
  const tokens = tokensOf(pattern);
  const literal = /^[^*?[\]\\]*$/;
  if (literal.test(pattern)) return { test: (path) => path === pattern };
  // A leading `**` without a slash matches in the middle of a name, but only in front of plain text.
  if (/^\*\*[^/]/.test(pattern) && literal.test(pattern.slice(2)))
    return { test: (path) => path.endsWith(pattern.slice(2)) };
  if (tokens.filter(({ kind }) => STARS.has(kind)).length > 2)
    return { test: (path) => matchTokens(tokens, [...path]) };
  const expression = new RegExp(`^${tokens.map(toRegExp).join("")}$`, "su");
  return { test: (path) => expression.test(path) };
}

export function malformedPattern(pattern: string, why = "syntax error in pattern"): TareError {
  return new TareError("user-context", `${why}: ${JSON.stringify(pattern)}`, {
    hint: "check .dockerignore and --exclude; [ opens a class of characters and wants a ]",
  });
}

type Range = readonly [low: string, high: string];

/** `many`: `*`; `deep`: `**` and its slash, so any directories or none; `rest`: a `**` at the end. */
type Token =
  | { readonly kind: "one" | "many" | "deep" | "rest" }
  | { readonly kind: "exactly"; readonly character: string }
  | { readonly kind: "class"; readonly negated: boolean; readonly ranges: readonly Range[] };

const STARS: ReadonlySet<string> = new Set(["many", "deep", "rest"]);

function tokensOf(pattern: string): readonly Token[] {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === "*" && characters[at + 1] === "*") {
      at += characters[at + 2] === "/" ? 2 : 1;
      const kind = at === characters.length - 1 ? "rest" : "deep";
      if (kind === "rest" || tokens.at(-1)?.kind !== "deep") tokens.push({ kind });
    } else if (character === "*") tokens.push({ kind: "many" });
    else if (character === "?") tokens.push({ kind: "one" });
    else if (character === "\\") {
      const escaped = characters[++at];
      if (escaped === undefined) throw malformedPattern(pattern);
      tokens.push({ kind: "exactly", character: escaped });
    } else if (character === "[") {
      const { token, end } = readClass(characters, at, pattern);
      tokens.push(token);
      at = end;
    } else tokens.push({ kind: "exactly", character });
  }
  return tokens;
}

/** `[a-z]`, `[^a-z]`: at least one range, its ends escaped where they are `-`, `]` or a backslash. */
function readClass(
  characters: readonly string[],
  from: number,
  pattern: string,
): { readonly token: Token; readonly end: number } {
  const negated = characters[from + 1] === "^";
  const ranges: Range[] = [];
  let at = from + (negated ? 2 : 1);
  const bound = (): string => {
    const character = characters[at++];
    if (character === "\\" && characters[at] !== undefined) return characters[at++] as string;
    if (character !== undefined && !["-", "]", "\\"].includes(character)) return character;
    throw malformedPattern(pattern);
  };
  while (characters[at] !== "]" || ranges.length === 0) {
    const low = bound();
    let high = low;
    if (characters[at] === "-") {
      at++;
      high = bound();
    }
    if (codeOf(high) < codeOf(low)) throw malformedPattern(pattern);
    ranges.push([low, high]);
  }
  return { token: { kind: "class", negated, ranges }, end: at };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function toRegExp(token: Token): string {
  switch (token.kind) {
    case "one":
      return "[^/]";
    case "many":
      return "[^/]*";
    case "deep":
      return "(?:.*/)?";
    case "rest":
      return ".*";
    case "exactly":
      return escaped(token.character);
    case "class":
      return `[${token.negated ? "^" : ""}${token.ranges.map(([low, high]) => `${escaped(low)}-${escaped(high)}`).join("")}]`;
    default:
      return assertNever(token);
  }
}

function escaped(character: string): string {
  return `\\u{${codeOf(character).toString(16)}}`;
}

/** The same without backtracking, for patterns with many stars: token by token from the last one. */
function matchTokens(tokens: readonly Token[], path: readonly string[]): boolean {
  let matches = path.map(() => false).concat(true);
  for (const token of tokens.toReversed()) matches = beforeToken(token, path, matches);
  return matches[0] as boolean;
}

/** Where a match may begin with this token, when `after` tells where the rest may. */
function beforeToken(token: Token, path: readonly string[], after: readonly boolean[]): boolean[] {
  const before = after.map(() => false);
  let further = false;
  for (let at = path.length; at >= 0; at--) {
    const character = path[at];
    const here = after[at] as boolean;
    const next = character !== undefined && (after[at + 1] as boolean);
    if (token.kind === "deep") further ||= next && character === "/";
    else if (token.kind === "rest") further ||= next;
    else if (token.kind === "many")
      further = character !== undefined && character !== "/" && (before[at + 1] as boolean);
    else further = next && isOne(token, character as string);
    before[at] = further || (STARS.has(token.kind) && here);
  }
  return before;
}

function isOne(token: Token, character: string): boolean {
  if (token.kind === "exactly") return token.character === character;
  if (token.kind !== "class") return character !== "/";
  const inside = token.ranges.some(
    ([low, high]) => codeOf(low) <= codeOf(character) && codeOf(character) <= codeOf(high),
  );
  return inside !== token.negated;
}

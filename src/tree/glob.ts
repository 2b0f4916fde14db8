import { TareError } from "../base/index.ts";
import { lookup } from "./lookup.ts";
import { comparePaths, joinPath, pathComponents } from "./path.ts";
import { matchesParts, type PatternPart } from "./pattern-parts.ts";
import type { Tree, TreeNode } from "./tree.ts";

/**
 * The paths of a tree that a pattern stands for, in order; none when nothing matches. Components
 * before the first special one are found as `lookup` finds them, links included; behind it links are not
 * followed. `user-dockerfile-semantics` for a malformed pattern.
 */
export function expandWildcard(tree: Tree, pattern: string): readonly string[] {
  const components = pathComponents(pattern);
  const special = components.findIndex(isPattern);
  const plain = special < 0 ? components : components.slice(0, special);
  const rest = special < 0 ? [] : components.slice(special).map(compilePattern);
  const start = lookup(tree, plain.join("/"), { followLast: special >= 0 });
  if (!start) return [];
  let found: readonly { readonly path: string; readonly node: TreeNode }[] = [start];
  for (const matches of rest) {
    found = found.flatMap(({ path, node }) =>
      [...(node.children ?? [])]
        .filter(([name]) => matches(name))
        .map(([name, child]) => ({ path: joinPath(path, name), node: child })),
    );
  }
  return found.map(({ path }) => path).sort(comparePaths);
}

/** Whether a component has a character that means something in a pattern. */
export function isPattern(component: string): boolean {
  return /[*?[\\]/.test(component);
}

/**
 * Whether a name matches a pattern, as Go's `filepath.Match` for one component: `*` any characters, `?`
 * one, `[a-z]` one of a class, `[^a-z]` one that is not, `\` takes away the next one's meaning. A dot at
 * the beginning is like any other character. `user-dockerfile-semantics` for a malformed pattern.
 */
export function matchPattern(pattern: string, name: string): boolean {
  return compilePattern(pattern)(name);
}

/** A pattern's test, for many names. */
export function compilePattern(pattern: string): (name: string) => boolean {
  const tokens = parse(pattern);
  return (name) => matchesParts(tokens, [...name]);
}

/** A run of characters, or one of some kind. */
type Token = PatternPart<string>;

function parse(pattern: string): readonly Token[] {
  const reader: Reader = { pattern, characters: [...pattern], at: 0 };
  const tokens: Token[] = [];
  while (reader.at < reader.characters.length) tokens.push(parseToken(reader));
  return tokens;
}

interface Reader {
  readonly pattern: string;
  /** Code points, as Go's runes. */
  readonly characters: readonly string[];
  at: number;
}

function parseToken(reader: Reader): Token {
  const character = reader.characters[reader.at++] as string;
  switch (character) {
    case "*":
      return "any";
    case "?":
      return () => true;
    case "[":
      return parseClass(reader);
    default: {
      const literal = character === "\\" ? take(reader) : character;
      return (candidate) => candidate === literal;
    }
  }
}

function parseClass(reader: Reader): Token {
  const negated = reader.characters[reader.at] === "^";
  if (negated) reader.at++;
  const ranges: { readonly low: number; readonly high: number }[] = [];
  while (ranges.length === 0 || reader.characters[reader.at] !== "]") {
    const low = parseBound(reader);
    const isRange = reader.characters[reader.at] === "-";
    if (isRange) reader.at++;
    ranges.push({ low, high: isRange ? parseBound(reader) : low });
  }
  reader.at++;
  return (candidate) => {
    const code = candidate.codePointAt(0) as number;
    return ranges.some(({ low, high }) => low <= code && code <= high) !== negated;
  };
}

/** One end of a range: `-` and `]` have to be escaped there. */
function parseBound(reader: Reader): number {
  const character = take(reader);
  if (character === "-" || character === "]") throw malformed(reader.pattern);
  return (character === "\\" ? take(reader) : character).codePointAt(0) as number;
}

function take(reader: Reader): string {
  const character = reader.characters[reader.at++];
  if (character === undefined) throw malformed(reader.pattern);
  return character;
}

function malformed(pattern: string): TareError {
  return new TareError("user-dockerfile-semantics", `syntax error in pattern: ${JSON.stringify(pattern)}`, {
    hint: "close every [ with a ], and write a backslash before a character that is meant as it is",
  });
}

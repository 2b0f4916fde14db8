import { TareError } from "../base/index.ts";
import { bounded } from "./bounded.ts";

/**
 * `${name#pattern}` and `${name%pattern}`: the value without its shortest beginning or end that matches; the
 * longest one when `word` repeats the operator.
 */
export function trimPattern(value: string, word: string, operator: string): string {
  const greedy = word.startsWith(operator);
  const pattern = greedy ? word.slice(1) : word;
  const text = [...value];
  if (operator === "#") {
    const [end = -1] = matchEnds(text, tokensOf(pattern), greedy);
    return end < 0 ? value : text.slice(end).join("");
  }
  const [length = -1] = matchEnds(text.toReversed(), tokensOf(backwards(pattern)), greedy);
  return length < 0 ? value : text.slice(0, text.length - length).join("");
}

/** The pattern from its end, escaped characters kept together; a backslash that escapes nothing comes first. */
function backwards(pattern: string): string {
  return (pattern.match(/\\.|./gsu) ?? []).toReversed().join("");
}

/**
 * `${name/pattern/replacement}`: the longest match from the left, or every one. For every one the replacement is
 * a template of Go's regexp, as the reference has it: `$0` is the match, `$$` a dollar sign, other names nothing.
 */
export function replacePattern(
  value: string,
  pattern: string,
  { replacement, all }: { readonly replacement: string; readonly all: boolean },
): string {
  const text = [...value];
  const ends = matchEnds(text, tokensOf(pattern), true);
  let out = "";
  let at = 0;
  let lastEnd = -1;
  for (let start = 0; start <= text.length; start++) {
    const end = ends[start] as number;
    // As Go's regexp: an empty match right behind another match does not count.
    if (start < at || end < 0 || (end === start && start === lastEnd)) continue;
    const match = text.slice(start, end).join("");
    out = bounded(out + text.slice(at, start).join("") + (all ? filled(replacement, match) : replacement));
    at = end;
    lastEnd = end;
    if (!all) break;
  }
  return out + text.slice(at).join("");
}

function filled(template: string, match: string): string {
  return template.replace(/\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu, (whole, braced, plain) => {
    if (whole === "$$") return "$";
    return (braced ?? plain) === "0" ? match : "";
  });
}

/** `many` and `one` are the wildcards `*` and `?`; as in the reference neither matches a line feed. */
type Token = { readonly kind: "many" | "one" } | { readonly kind: "exactly"; readonly character: string };

/** `*` and `?` are wild and can be escaped, as can a backslash, `}` and `/`; there are no classes. */
function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === "*") {
      if (tokens.at(-1)?.kind !== "many") tokens.push({ kind: "many" });
    } else if (character === "?") tokens.push({ kind: "one" });
    else if (character === "\\")
      tokens.push({ kind: "exactly", character: escaped(characters[++at], pattern) });
    else tokens.push({ kind: "exactly", character });
  }
  return tokens;
}

function escaped(character: string | undefined, pattern: string): string {
  if (character !== undefined && "*?\\}/".includes(character)) return character;
  throw new TareError(
    "user-dockerfile-syntax",
    `invalid pattern (${pattern}) in substitution: invalid escape '\\${character ?? ""}'`,
    { hint: "a backslash in a pattern escapes *, ?, / and } or another backslash" },
  );
}

const MAX_WORK = 200_000_000;

/**
 * For every position of the text where the longest (or shortest) match that begins there ends; -1 where
 * none begins. Works token by token from the last one, so its time is bounded by their product.
 */
function matchEnds(text: readonly string[], tokens: readonly Token[], greedy: boolean): Int32Array {
  if (text.length * tokens.length > MAX_WORK)
    throw new TareError("user-dockerfile-syntax", "the pattern of a substitution is too long for its value");
  let ends = Int32Array.from({ length: text.length + 1 }, (_, position) => position);
  for (const token of tokens.toReversed()) ends = beforeToken(text, token, { ends, greedy });
  return ends;
}

function beforeToken(
  text: readonly string[],
  token: Token,
  { ends, greedy }: { readonly ends: Int32Array; readonly greedy: boolean },
): Int32Array<ArrayBuffer> {
  const before = new Int32Array(ends.length).fill(-1);
  for (let at = text.length; at >= 0; at--) {
    const here = ends[at] as number;
    const next = at < text.length ? ((token.kind === "many" ? before : ends)[at + 1] as number) : -1;
    const takes = token.kind === "exactly" ? text[at] === token.character : text[at] !== "\n";
    const further = takes ? next : -1;
    before[at] = token.kind === "many" ? better(here, further, greedy) : further;
  }
  return before;
}

function better(a: number, b: number, greedy: boolean): number {
  if (a < 0 || b < 0) return Math.max(a, b);
  return greedy ? Math.max(a, b) : Math.min(a, b);
}

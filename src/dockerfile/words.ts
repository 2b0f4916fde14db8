/** A stretch of a line: its text and where it begins. */
export interface Token {
  readonly text: string;
  readonly start: number;
}

/** White space as Go's unicode.IsSpace has it. */
export function isSpace(character: string): boolean {
  const code = character.charCodeAt(0);
  // Almost every character is ASCII, and a pattern for each of them takes a third of the parser's time.
  return code < 0x80 ? isAsciiSpace(code) : SPACE.test(character);
}

function isAsciiSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

const SPACE = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/u;

/** The text without white space around it, as Go's strings.TrimSpace; a byte order mark is none. */
export function trimSpace(text: string): string {
  return trimSpaceEnd(trimSpaceStart(text));
}

/** The text without white space behind it. */
export function trimSpaceEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1] as string)) end--;
  return text.slice(0, end);
}

/** The text without white space in front. */
export function trimSpaceStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text[start] as string)) start++;
  return text.slice(start);
}

/** Splits at ASCII white space, nothing else counts. */
export function splitWhitespace(text: string, from: number): readonly Token[] {
  const words: Token[] = [];
  for (let word = firstWord(text, from); word; word = firstWord(text, word.start + word.text.length))
    words.push(word);
  return words;
}

/** The first of the words that `splitWhitespace` gives. */
export function firstWord(text: string, from: number): Token | undefined {
  let start = from;
  while (start < text.length && isBlank(text.charCodeAt(start))) start++;
  let end = start;
  while (end < text.length && !isBlank(text.charCodeAt(end))) end++;
  return end > start ? { text: text.slice(start, end), start } : undefined;
}

/** Tab, vertical tab, form feed, carriage return, space; a line feed is part of a word. */
function isBlank(code: number): boolean {
  return isAsciiSpace(code) && code !== 0x0a;
}

/** Splits at white space outside quotes; quotes and escapes stay in the words (ARG, ENV, LABEL). */
export function splitQuoted(text: string, from: number, escape: string): readonly Token[] {
  const words: Token[] = [];
  let start = -1;
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string;
    if (start < 0) {
      if (isSpace(character)) continue;
      start = at;
    }
    if (character === escape && quote !== "'") at++;
    else if (quote !== "") quote = character === quote ? "" : quote;
    else if (character === "'" || character === '"') quote = character;
    else if (isSpace(character)) {
      words.push({ text: text.slice(start, at), start });
      start = -1;
    }
  }
  const last = start < 0 ? "" : withoutLoneEscape(text.slice(start), escape);
  return last === "" ? words : [...words, { text: last, start }];
}

/**
 * The words in front that begin with `--`, unquoted, and where the rest of the line begins. Only ASCII white space
 * separates them.
 */
export function splitFlags(
  text: string,
  { from, escape }: { readonly from: number; readonly escape: string },
): { readonly flags: readonly Token[]; readonly rest: number } {
  const flags: Token[] = [];
  let at = from;
  for (;;) {
    while (at < text.length && isAsciiSpace(text.charCodeAt(at))) at++;
    if (!text.startsWith("--", at)) return { flags, rest: skipSpaces(text, at) };
    const start = at;
    const word = flagWord(text, { from: start, escape });
    at = word.end;
    if (word.text === "--") return { flags, rest: skipSpaces(text, at) };
    flags.push({ text: word.text, start });
  }
}

/** Where white space that begins at a place ends. */
export function skipSpaces(text: string, from: number): number {
  let at = from;
  while (at < text.length && isSpace(text[at] as string)) at++;
  return at;
}

/** One flag with its quotes and escape characters taken away. */
function flagWord(
  text: string,
  { from, escape }: { readonly from: number; readonly escape: string },
): { readonly text: string; readonly end: number } {
  let word = "";
  let quote = "";
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string;
    if (character === escape) word += text[++at] ?? "";
    else if (quote !== "" && character === quote) quote = "";
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (quote === "" && isAsciiSpace(character.charCodeAt(0))) return { text: word, end: at };
    else word += character;
  }
  return { text: word, end: text.length };
}

function withoutLoneEscape(word: string, escape: string): string {
  let count = 0;
  while (word.at(-1 - count) === escape) count++;
  return count % 2 === 1 ? word.slice(0, -1) : word;
}

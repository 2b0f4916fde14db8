import type { ArgInstruction, KeyValue, KeyValueInstruction } from "./ast.ts";
import { type RawInstruction, restOf, syntaxError, wordOf } from "./cursor.ts";
import { splitQuoted, type Token } from "./words.ts";

/** ENV and LABEL: `k=v k=v`, or the old form `key the whole rest`. */
export function parseKeyValues(
  raw: RawInstruction,
  keyword: "ENV" | "LABEL",
): Omit<KeyValueInstruction, "range" | "text"> {
  const words = splitQuoted(raw.line.text, raw.rest, raw.escape);
  const [first] = words;
  if (!first)
    throw syntaxError(raw, `${keyword} requires at least one argument`, {
      hint: `write ${keyword} KEY=value`,
    });
  if (!first.text.includes("=")) return { keyword, legacy: true, pairs: [legacyPair(raw, keyword)] };
  return { keyword, legacy: false, pairs: words.map((word) => pair(raw, word, keyword)) };
}

/** Whether ENV or LABEL has the form of pairs, blank names aside; without any word there is nothing to look at. */
export function checkPairs(raw: RawInstruction, keyword: "ENV" | "LABEL"): void {
  const words = splitQuoted(raw.line.text, raw.rest, raw.escape);
  const [first] = words;
  if (!first) return;
  if (!first.text.includes("=")) legacyPair(raw, keyword);
  else for (const word of words) equalsIn(raw, word);
}

/** ARG: names with or without a default. */
export function parseArg(raw: RawInstruction): Omit<ArgInstruction, "range" | "text"> {
  const words = splitQuoted(raw.line.text, raw.rest, raw.escape);
  if (words.length === 0)
    throw syntaxError(raw, "ARG requires at least one argument", {
      hint: "write ARG NAME or ARG NAME=default",
    });
  return {
    keyword: "ARG",
    pairs: words.map((word) =>
      word.text.includes("=") ? pair(raw, word, "ARG") : { key: wordOf(raw, word) },
    ),
  };
}

function pair(raw: RawInstruction, token: Token, keyword: string): KeyValue {
  const at = equalsIn(raw, token);
  if (at === 0)
    throw syntaxError(raw, `${keyword} names can not be blank`, {
      token,
      hint: `write ${keyword} NAME=value`,
    });
  return {
    key: wordOf(raw, { text: token.text.slice(0, at), start: token.start }),
    value: wordOf(raw, { text: token.text.slice(at + 1), start: token.start + at + 1 }),
  };
}

/** Where a pair's name ends. */
function equalsIn(raw: RawInstruction, token: Token): number {
  const at = token.text.indexOf("=");
  if (at >= 0) return at;
  throw syntaxError(
    raw,
    `Syntax error - can't find = in ${JSON.stringify(token.text)}. Must be of the form: name=value`,
    {
      token,
      hint: "put a value with spaces into quotes",
    },
  );
}

function legacyPair(raw: RawInstruction, keyword: string): KeyValue {
  const match = /^([^\t\v\f\r ]+)[\t\v\f\r ]+(.*)$/su.exec(restOf(raw));
  if (!match)
    throw syntaxError(raw, `${keyword} must have two arguments`, { hint: `write ${keyword} KEY=value` });
  const [, key = "", value = ""] = match;
  return {
    key: wordOf(raw, { text: key, start: raw.rest }),
    value: wordOf(raw, { text: value, start: raw.rest + restOf(raw).length - value.length }),
  };
}

import type { YAMLError } from "yaml";

/** What is wrong with a text, from where to where. */
export interface SyntaxProblem {
  readonly what: string;
  readonly hint: string;
  readonly from: number;
  readonly to: number;
}

/** A place in a text, and what the library says of it. */
interface Slip {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  readonly message: string;
  /** With its article: `a recipe`. */
  readonly noun: string;
}

/** Says a mistake of YAML's syntax in plain words, at the place where it was made rather than where it came out. */
export function syntaxProblem(
  text: string,
  { code, message, pos: [from, to] }: Pick<YAMLError, "code" | "message" | "pos">,
  noun: string,
): SyntaxProblem {
  const slip = { text, from, to, message, noun };
  const { what, hint, ...place } = SLIPS[code]?.(slip) ?? {
    what: `not YAML: ${message}`,
    hint: "see the documentation of YAML 1.2",
  };
  return { from, to, ...place, what, hint };
}

type Words = Pick<SyntaxProblem, "what" | "hint"> & Partial<SyntaxProblem>;

const SLIPS: Partial<Record<YAMLError["code"], (slip: Slip) => Words>> = {
  TAB_AS_INDENT: () => ({ what: "a tab indents this line", hint: "YAML wants spaces there" }),
  MULTIPLE_DOCS: ({ noun }) => ({
    what: "a second document begins here",
    hint: `${noun} is one document; drop the line ---`,
  }),
  TAG_RESOLVE_FAILED: ({ noun }) => ({
    what: `this tag means nothing in ${noun}`,
    hint: "drop the word that begins with !",
  }),
  DUPLICATE_KEY: duplicateKey,
  MULTILINE_IMPLICIT_KEY: noKey,
  BLOCK_AS_IMPLICIT_KEY: nested,
  BAD_INDENT: badIndent,
  MISSING_CHAR: missing,
  BAD_SCALAR_START: ({ text, from }) => ({
    what: `a value can not begin with ${text[from]}`,
    hint: "put it between quotes",
  }),
  BAD_DQ_ESCAPE: ({ text, from }) => ({
    what: `${text.slice(from, from + 2)} means nothing between double quotes`,
    hint: "write \\\\ for a backslash, or put the text between single quotes",
    to: from + 2,
  }),
  UNEXPECTED_TOKEN: unexpected,
};

/** The library names only the key's first character. */
function duplicateKey({ text, from }: Slip): Words {
  const key = /^(?:"[^"]*"|'[^']*'|[^\s:]+)/.exec(text.slice(from))?.[0] ?? "";
  return {
    what: `the key ${key} is there twice`,
    hint: "keep one of them, or join their values",
    to: from + Math.max(1, key.length),
  };
}

/** A line that should have a key and has none that can be seen as one. */
function noKey({ text, from }: Slip): Words {
  const { start, line } = lineAt(text, from);
  const [, before = "", after = ""] = /^(\s*(?:- )?[\w.-]+):(\S+)/.exec(line) ?? [];
  if (after !== "")
    return {
      what: "no space follows the colon",
      hint: `write ${before.trim()}: ${after}`,
      from: start + before.length,
      to: start + before.length + 1,
    };
  if (/^\s*-(?:\s|$)/.test(line)) return strayItem({ start, line });
  return { what: "this line has no key", hint: "a key is written with a colon and a space: NAME: VALUE" };
}

function strayItem({ start, line }: Line): Words {
  const from = start + line.search(/\S/);
  return {
    what: "an item of a list stands where a key has to",
    hint: "put it below the key whose list it is, one column deeper or more",
    from,
    to: from + 1,
  };
}

/** A map inside a value: either a colon in text, or a line that is too deep for what is above it. */
function nested({ text, from, message }: Slip): Words {
  const { start, line } = lineAt(text, from);
  if (/sequence/.test(message)) return otherColumn({ text, from });
  const colon = /:(?=\s)/.exec(line.slice(from - start));
  if (colon) {
    const at = from + colon.index;
    return {
      what: "a colon and a space stand inside a value",
      hint: "put the value between quotes",
      from: at,
      to: at + 1,
    };
  }
  const below = lineAt(text, start + line.length + 1);
  const indent = Math.max(0, below.line.search(/\S/));
  return {
    what: "this line is indented, but the key above it has a value already",
    hint: "let it begin in the column of that key, or drop the value",
    from: below.start + indent,
    to: below.start + below.line.length,
  };
}

function badIndent({ text, from, message }: Slip): Words {
  const [, kind, end] = /^Flow (\w+) .* end with a (.)/.exec(message) ?? [];
  if (end !== undefined) return unclosed(kind === "map" ? "map" : "list", end);
  return otherColumn({ text, from });
}

function otherColumn({ text, from }: Pick<Slip, "text" | "from">): Words {
  const { start, line } = lineAt(text, from);
  return {
    what: "this line begins in another column than those it belongs to",
    hint: "keys of one map, and items of one list, begin in the same column",
    from: start + Math.max(0, line.search(/\S/)),
    to: start + line.length,
  };
}

function unclosed(kind: string, end: string): Words {
  return { what: `a ${kind} above is not closed`, hint: `write ${end} behind its last part` };
}

function missing({ text, from, message }: Slip): Words {
  const [, quote] = /^Missing closing (["'])/.exec(message) ?? [];
  if (quote !== undefined) {
    const at = openingQuote(text, { quote, end: from });
    const hint = `write ${quote} where the text ends`;
    return { what: `the text that begins here has no ${quote} at its end`, hint, from: at, to: at + 1 };
  }
  if (/^Missing , or :/.test(message))
    return { what: "a comma is missing here", hint: "parts of a list in brackets stand between commas" };
  const [, kind, end] = /flow (\w+) to end with (.)/i.exec(message) ?? [];
  if (end !== undefined) return unclosed(kind === "map" ? "map" : "list", end);
  return { what: "something is missing here", hint: `YAML says: ${message}` };
}

/** The last quote before a place that is not inside the text that it opens. */
function openingQuote(
  text: string,
  { quote, end }: { readonly quote: string; readonly end: number },
): number {
  let at = text.lastIndexOf(quote, end - 1);
  while (at > 0 && text[at - 1] === (quote === '"' ? "\\" : quote)) at = text.lastIndexOf(quote, at - 2);
  return Math.max(0, at);
}

function unexpected({ text, from, message }: Slip): Words {
  if (/at node end/.test(message) && /["']\s*$/.test(text.slice(0, from)))
    return {
      what: "something follows the closing quote",
      hint: `put all of it between quotes; inside '…' a ' is written '', inside "…" a " is written \\"`,
    };
  if (/block-seq-ind/.test(message))
    return {
      what: "a list begins in the line of its key",
      hint: "put each item into a line of its own, or write [A, B]",
    };
  const { start, line } = lineAt(text, from);
  if (/at node end/.test(message) && line.slice(0, from - start).trim() === "")
    return {
      what: "a key stands where an item of the list above has to",
      hint: "begin the line with a dash and a space, or drop the list's dashes",
      to: start + line.length,
    };
  const what = /^Unexpected , /.test(message) ? "a comma too many stands here" : "this does not belong here";
  return { what, hint: "drop it, or put the text that it belongs to between quotes" };
}

interface Line {
  readonly start: number;
  readonly line: string;
}

/** The line around an offset. */
function lineAt(text: string, offset: number): Line {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return { start, line: text.slice(start).split(/\r?\n/, 1)[0] as string };
}

import { defined } from "../base/index.ts";
import type { CopyInstruction, Heredoc, Word } from "./ast.ts";
import { type RawInstruction, syntaxError, wordOf } from "./cursor.ts";
import type { Flags } from "./flags.ts";
import { chompTabs, type HeredocMark, parseHeredocMark } from "./heredoc.ts";
import { parseJsonForm } from "./json-form.ts";
import { splitWhitespace, type Token } from "./words.ts";

/** COPY and ADD: sources, which may be heredocs, and one destination. */
export function parseCopy(
  raw: RawInstruction,
  flags: Flags,
  keyword: "COPY" | "ADD",
): Omit<CopyInstruction, "range" | "text"> {
  const words = pathWords(raw);
  const destination = words.at(-1);
  if (!destination || words.length < 2) throw missingDestination(raw, words);
  if (parseHeredocMark(destination.text))
    throw syntaxError(raw, `${keyword} cannot accept a heredoc as a destination`, {
      token: destination,
      hint: "write the destination last",
    });
  const { sources, heredocs } = splitSources(raw, words.slice(0, -1));
  const remote = {
    keepGitDir: flags.on("keep-git-dir"),
    checksum: flags.one("checksum"),
    unpack: flags.on("unpack"),
  };
  const owner = { from: flags.one("from"), chown: flags.one("chown"), chmod: flags.one("chmod") };
  return {
    keyword,
    sources,
    heredocs,
    destination: wordOf(raw, destination),
    link: flags.on("link") ?? false,
    parents: flags.on("parents") ?? false,
    exclude: flags.all("exclude"),
    ...defined(owner),
    ...defined(remote),
  };
}

/** JSON form for paths with spaces, else words; in JSON form no position inside the list is known. */
export function pathWords(raw: RawInstruction): readonly Token[] {
  const list = parseJsonForm(raw);
  return list ? list.map((text) => ({ text, start: raw.rest })) : splitWhitespace(raw.line.text, raw.rest);
}

function splitSources(
  raw: RawInstruction,
  words: readonly Token[],
): { readonly sources: readonly Word[]; readonly heredocs: readonly Heredoc[] } {
  const sources: Word[] = [];
  const heredocs: Heredoc[] = [];
  for (const token of words) {
    const mark = parseHeredocMark(token.text);
    if (mark) heredocs.push(heredocOf(raw, token, mark));
    else sources.push(wordOf(raw, token));
  }
  return { sources, heredocs };
}

/** The last one of that name; where the line as a whole opens none, as in JSON form, an empty one. */
function heredocOf(raw: RawInstruction, token: Token, mark: HeredocMark): Heredoc {
  const { name, chomp } = mark;
  const { source, range } = raw.heredocs.findLast((heredoc) => heredoc.name === name) ?? {
    source: "",
    range: wordOf(raw, token).range,
  };
  return { ...mark, source, body: chomp ? chompTabs(source) : source, range };
}

function missingDestination(raw: RawInstruction, words: readonly Token[]): ReturnType<typeof syntaxError> {
  const message =
    words.length === 0
      ? `${raw.keyword} requires at least two arguments`
      : `${raw.keyword} requires at least two arguments, but only one was provided. Destination could not be determined`;
  return syntaxError(raw, message, {
    hint: `write ${raw.keyword} SOURCE DESTINATION, for example ${raw.keyword} app.js /app/`,
  });
}

import { TareError } from "../base/index.ts";
import { expandWord } from "./expand.ts";

/** The beginning of a heredoc: `3<<-"EOF"`. */
export interface HeredocMark {
  readonly name: string;
  readonly expand: boolean;
  readonly chomp: boolean;
  readonly fd?: number;
}

/** Reads a word as a heredoc mark; undefined when it is none. Any quote in the name switches expansion off. */
export function parseHeredocMark(word: string): HeredocMark | undefined {
  const match = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/u.exec(word);
  const rest = match?.[3] ?? "";
  if (!match || rest === "") return undefined;
  const [name, ...more] = lex(rest, { rawQuotes: false, rawEscapes: false });
  if (name === undefined || more.length > 0) return undefined;
  const [written = ""] = lex(rest, { rawQuotes: true, rawEscapes: false });
  return {
    name,
    expand: quotesIn(name) === quotesIn(written),
    chomp: match[2] === "-",
    ...(match[1] !== "" && { fd: Number(match[1]) }),
  };
}

/** The heredocs that a line of RUN, COPY or ADD opens, in their order. */
export function heredocMarks(line: string): readonly HeredocMark[] {
  if (!line.includes("<<")) return [];
  return lex(line, { rawQuotes: true, rawEscapes: true })
    .map(parseHeredocMark)
    .filter((mark) => mark !== undefined);
}

/** `<<-` takes the tabs (not spaces) from the beginning of every line. */
export function chompTabs(body: string): string {
  return body.replace(/^\t+/gm, "");
}

function quotesIn(text: string): number {
  return text.match(/['"]/g)?.length ?? 0;
}

/** Words as the reference finds them here: no variable is known, all are kept. A stray quote means none. */
function lex(
  text: string,
  raw: { readonly rawQuotes: boolean; readonly rawEscapes: boolean },
): readonly string[] {
  try {
    return expandWord(text, () => undefined, { escape: "\\", keepUnset: true, ...raw }).words;
  } catch (error) {
    if (error instanceof TareError) return [];
    throw error;
  }
}

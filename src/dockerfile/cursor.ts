import { type SourceRange, TareError } from "../base/index.ts";
import type { Heredoc, Word } from "./ast.ts";
import { type LogicalLine, rangeOf, wholeRange } from "./lines.ts";
import type { Token } from "./words.ts";

/** An instruction on its way to the syntax tree: its line, what stands behind the keyword, and its heredocs. */
export interface RawInstruction {
  readonly file: string;
  readonly source: string;
  readonly escape: "\\" | "`";
  readonly line: LogicalLine;
  /** Upper case. */
  readonly keyword: string;
  readonly keywordToken: Token;
  readonly flags: readonly Token[];
  /** Where the arguments begin in `line.text`. */
  readonly rest: number;
  readonly heredocs: readonly Heredoc[];
  readonly range: SourceRange;
}

/** The arguments as one string. */
export function restOf({ line, rest }: RawInstruction): string {
  return line.text.slice(rest);
}

export function wordOf(raw: RawInstruction, token: Token): Word {
  return { text: token.text, range: rangeOf(raw.line, token.start, token.start + token.text.length) };
}

/** An error at a word that was read before. */
export function errorAtWord(
  { file, source }: RawInstruction,
  { range }: Word,
  { message, hint }: { readonly message: string; readonly hint: string },
): TareError {
  return new TareError("user-dockerfile-syntax", message, { hint, location: { file, source, range } });
}

/** An error at a token, or at the whole instruction. */
export function syntaxError(
  raw: RawInstruction,
  message: string,
  facts: { readonly token?: Token; readonly hint?: string } = {},
): TareError {
  const { token, hint } = facts;
  const range = token
    ? rangeOf(raw.line, token.start, token.start + Math.max(1, token.text.length))
    : wholeRange(raw.line, raw.line.last);
  return new TareError("user-dockerfile-syntax", message, {
    location: { file: raw.file, source: raw.source, range },
    ...(hint !== undefined && { hint }),
  });
}

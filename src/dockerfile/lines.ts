import type { Position, SourceRange } from "../base/index.ts";

/** One instruction's text on one line, continuation lines joined, with the way back to the file. */
export interface LogicalLine {
  readonly text: string;
  /** Where pieces of `text` come from, in their order. */
  readonly pieces: readonly { readonly offset: number; readonly start: Position }[];
  /** First and last line in the file, 1-based. */
  readonly first: number;
  readonly last: number;
  /** The comment lines directly above, `#` and spaces gone. */
  readonly comments: readonly string[];
  /** Lines inside the instruction that were empty. */
  readonly emptyContinuations: readonly number[];
}

/** A file cut into lines; `next` hands out instructions, `take` raw lines for heredocs. */
export interface LineReader {
  next(): LogicalLine | undefined;
  /** The next line as it is, without its line feed; undefined at the end. */
  take(): string | undefined;
  /** Number of the line that was read last. */
  line(): number;
}

export function readLines(source: string, escape: "\\" | "`"): LineReader {
  const lines = splitLines(source);
  const continues = new RegExp(`(^|[^\\${escape}])\\${escape}[ \\t]*$`);
  let at = 0;

  function next(): LogicalLine | undefined {
    let comments: string[] = [];
    for (; at < lines.length; at++) {
      const raw = lines[at] as string;
      const line = raw.trimStart();
      if (line.startsWith("#")) comments.push(line.slice(1).trim());
      else if (stripContinuation(line, continues).text === "" && !continues.test(line)) comments = [];
      else return join(raw.length - line.length, comments);
    }
    return undefined;
  }

  function join(indent: number, comments: readonly string[]): LogicalLine {
    const first = at + 1;
    const emptyContinuations: number[] = [];
    let { text, open } = stripContinuation((lines[at] as string).slice(indent), continues);
    const pieces = [{ offset: 0, start: { line: first, column: indent + 1 } }];
    at++;
    while (open && at < lines.length) {
      const line = lines[at] as string;
      at++;
      if (line.trimStart().startsWith("#")) continue;
      if (line.trim() === "") {
        emptyContinuations.push(at);
        continue;
      }
      const part = stripContinuation(line, continues);
      pieces.push({ offset: text.length, start: { line: at, column: 1 } });
      text += part.text;
      open = part.open;
    }
    return { text: text.trimEnd(), pieces, first, last: at, comments, emptyContinuations };
  }

  return { next, take: () => lines[at++], line: () => at };
}

/** The place in the file of a stretch of a logical line. */
export function rangeOf(line: LogicalLine, start: number, end: number): SourceRange {
  return { start: positionOf(line, start), end: positionOf(line, Math.max(start, end - 1), 1) };
}

/** The whole instruction, from its first line to its last. */
export function wholeRange(line: LogicalLine, last: number): SourceRange {
  const start = line.pieces[0]?.start ?? { line: line.first, column: 1 };
  const end = positionOf(line, line.text.length);
  return { start, end: last > end.line ? { line: last, column: 1 } : end };
}

function positionOf(line: LogicalLine, offset: number, beyond = 0): Position {
  const piece = line.pieces.findLast((candidate) => candidate.offset <= offset) ?? line.pieces[0];
  if (!piece) return { line: line.first, column: 1 };
  return { line: piece.start.line, column: piece.start.column + offset - piece.offset + beyond };
}

/** CRLF and LF both end a line. */
export function splitLines(source: string): readonly string[] {
  const lines = source.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function stripContinuation(
  line: string,
  continues: RegExp,
): { readonly text: string; readonly open: boolean } {
  if (!continues.test(line)) return { text: line, open: false };
  return { text: line.replace(continues, "$1"), open: true };
}

import { lastIndexAtMost, type Position, type SourceRange } from "../base/index.ts";
import { trimSpace, trimSpaceEnd, trimSpaceStart } from "./words.ts";

/** One instruction's text on one line, continuation lines joined, with the way back to the file. */
export interface LogicalLine {
  readonly text: string;
  /** Where pieces of `text` come from, in their order. */
  readonly pieces: readonly { readonly offset: number; readonly start: Position }[];
  /** First and last line in the file, 1-based. */
  readonly first: number;
  readonly last: number;
  /** White space behind the text. */
  readonly trailing: string;
  /** The comment lines above, up to an empty comment; `#` and spaces gone. */
  readonly comments: readonly string[];
  /** Lines inside the instruction that were empty. */
  readonly emptyContinuations: readonly number[];
}

/** A file cut into lines; `next` hands out instructions, `take` raw lines for heredocs. */
export interface LineReader {
  next(): LogicalLine | undefined;
  /** The next line as it is, with its line ending; undefined at the end. */
  take(): string | undefined;
  /** Number of the line that was read last. */
  line(): number;
}

/** `skip` is the number of lines at the top that are directives, and so no comments. */
export function readLines(source: string, escape: "\\" | "`", skip = 0): LineReader {
  const raw = rawLines(source);
  const lines = raw.map(withoutEnding);
  const continues = new RegExp(`(^|[^\\${escape}])\\${escape}[ \\t]*$`);
  let at = skip;

  function next(): LogicalLine | undefined {
    let comments: string[] = [];
    for (; at < lines.length; at++) {
      const whole = lines[at] as string;
      const line = trimSpaceStart(whole);
      // Only the first character is taken away, so that an indented comment keeps its `#`, as in the reference.
      const comment = line.startsWith("#") ? trimSpace(whole.slice(1)) : undefined;
      if (comment) comments.push(comment);
      else if (comment === "") comments = [];
      else if (line !== "") return join(whole.length - line.length, comments);
    }
    return undefined;
  }

  function join(indent: number, comments: readonly string[]): LogicalLine {
    const first = at + 1;
    const emptyContinuations: number[] = [];
    const pieces: { readonly offset: number; readonly start: Position }[] = [];
    const texts: string[] = [];
    let length = 0;
    const add = (line: string, column: number): boolean => {
      const { text, open } = stripContinuation(line, continues);
      pieces.push({ offset: length, start: { line: at + 1, column } });
      texts.push(text);
      length += text.length;
      at++;
      return open;
    };
    let open = add((lines[at] as string).slice(indent), indent + 1);
    while (open && at < lines.length) {
      const line = lines[at] as string;
      const content = trimSpaceStart(line);
      if (content !== "" && !content.startsWith("#")) open = add(line, 1);
      else {
        at++;
        if (content === "") emptyContinuations.push(at);
      }
    }
    const joined = texts.join("");
    const text = trimSpaceEnd(joined);
    const trailing = joined.slice(text.length);
    return { text, trailing, pieces, first, last: at, comments, emptyContinuations };
  }

  return { next, take: () => raw[at++], line: () => at };
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
  const piece =
    line.pieces[
      Math.max(
        0,
        lastIndexAtMost(line.pieces, offset, (one) => one.offset),
      )
    ];
  if (!piece) return { line: line.first, column: 1 };
  return { line: piece.start.line, column: piece.start.column + offset - piece.offset + beyond };
}

/** The lines of a file without their endings: CRLF and LF both end a line. */
export function splitLines(source: string): readonly string[] {
  return rawLines(source).map(withoutEnding);
}

/** The lines with their endings; a byte order mark is none's. */
function rawLines(source: string): readonly string[] {
  return source.replace(/^\uFEFF/, "").match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

export function withoutEnding(line: string): string {
  let end = line.length;
  while (end > 0 && (line[end - 1] === "\n" || line[end - 1] === "\r")) end--;
  return line.slice(0, end);
}

function stripContinuation(
  line: string,
  continues: RegExp,
): { readonly text: string; readonly open: boolean } {
  if (!continues.test(line)) return { text: line, open: false };
  return { text: line.replace(continues, "$1"), open: true };
}

import { lastIndexAtMost, type Position, type SourceRange } from "../base/index.ts";
import { Span } from "./span.ts";
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
  const continues = escape === "\\" ? BACKSLASH : BACKTICK;
  let offset = startOf(source);
  let at = 0;
  while (at < skip) take();

  function take(): string | undefined {
    const line = lineAt(source, offset);
    if (line === undefined) return undefined;
    offset += line.length;
    at++;
    return line;
  }

  function next(): LogicalLine | undefined {
    let comments: string[] = [];
    for (let raw = take(); raw !== undefined; raw = take()) {
      const whole = withoutEnding(raw);
      const line = trimSpaceStart(whole);
      // Only the first character is taken away, so that an indented comment keeps its `#`, as in the reference.
      const comment = line.startsWith("#") ? trimSpace(whole.slice(1)) : undefined;
      if (comment) comments.push(comment);
      else if (comment === "") comments = [];
      else if (line !== "") return join(line, { indent: whole.length - line.length, comments });
    }
    return undefined;
  }

  function join(
    start: string,
    { indent, comments }: { readonly indent: number; readonly comments: readonly string[] },
  ): LogicalLine {
    const first = at;
    const emptyContinuations: number[] = [];
    const pieces: { readonly offset: number; readonly start: Position }[] = [];
    const texts: string[] = [];
    let length = 0;
    const add = (line: string, column: number): boolean => {
      const { text, open } = stripContinuation(line, continues);
      pieces.push({ offset: length, start: { line: at, column } });
      texts.push(text);
      length += text.length;
      return open;
    };
    let open = add(start, indent + 1);
    while (open) {
      const raw = take();
      if (raw === undefined) break;
      const line = withoutEnding(raw);
      const content = trimSpaceStart(line);
      if (content === "") emptyContinuations.push(at);
      else if (!content.startsWith("#")) open = add(line, 1);
    }
    const joined = texts.join("");
    const text = trimSpaceEnd(joined);
    const trailing = joined.slice(text.length);
    return { text, trailing, pieces, first, last: at, comments, emptyContinuations };
  }

  return { next, take, line: () => at };
}

const BACKSLASH = /(^|[^\\])\\[ \t]*$/;
const BACKTICK = /(^|[^`])`[ \t]*$/;

/** The place in the file of a stretch of a logical line. */
export function rangeOf(line: LogicalLine, start: number, end: number): SourceRange {
  return new Span(positionOf(line, start), positionOf(line, Math.max(start, end - 1), 1));
}

/** The whole instruction, from its first line to its last. */
export function wholeRange(line: LogicalLine, last: number): SourceRange {
  const start = line.pieces[0]?.start ?? { line: line.first, column: 1 };
  const end = positionOf(line, line.text.length);
  return new Span(start, last > end.line ? { line: last, column: 1 } : end);
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

/** The lines of a file without their endings, one after the other: CRLF and LF both end a line. */
export function* linesOf(source: string): Generator<string> {
  let offset = startOf(source);
  for (let line = lineAt(source, offset); line !== undefined; line = lineAt(source, offset)) {
    yield withoutEnding(line);
    offset += line.length;
  }
}

/** A byte order mark is no line's. */
function startOf(source: string): number {
  return source.startsWith("\uFEFF") ? 1 : 0;
}

/** The line that begins at an offset, with its ending; undefined at the end. */
function lineAt(source: string, offset: number): string | undefined {
  if (offset >= source.length) return undefined;
  const end = source.indexOf("\n", offset);
  return source.slice(offset, end < 0 ? source.length : end + 1);
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

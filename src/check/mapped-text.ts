import { lastIndexAtMost, type SourceRange } from "../base/index.ts";
import type { SourceText } from "./source-text.ts";
import type { Edit } from "./types.ts";

/** Text that was joined from pieces of the file. */
export interface MappedText {
  readonly text: string;
  /** Where pieces of the text begin, in it and in the file, in their order. */
  readonly pieces: readonly Piece[];
}

interface Piece {
  readonly at: number;
  readonly offset: number;
}

/** Where a character of the text stands in the file; of the end, where the last one ends. */
export function offsetAt({ text, pieces }: MappedText, at: number): number {
  const inside = Math.min(at, text.length - 1);
  const piece = pieces[lastIndexAtMost(pieces, inside, (each) => each.at)];
  return piece === undefined ? (pieces[0]?.offset ?? 0) : piece.offset + at - piece.at;
}

/** A stretch of the text in the file; undefined where the file has more between its characters. */
export function stretchOf(mapped: MappedText, from: number, to: number): Omit<Edit, "text"> | undefined {
  const start = offsetAt(mapped, from);
  const end = offsetAt(mapped, to - 1) + 1;
  return end - start === to - from ? { start, end } : undefined;
}

/** An instruction's own lines as one, continuations joined and comments between them left out, heredocs not read. */
export interface HeadText extends MappedText {
  /** The last line that belongs to it. */
  readonly last: number;
  /** Lines between its first and its last that are empty. */
  readonly empty: readonly number[];
}

/** Joins the lines of the instruction that begins at a line, as the parser does. */
export function headText(source: SourceText, escape: string, first: number): HeadText {
  const builder = mappedBuilder();
  const continues = escape === "\\" ? BACKSLASH : BACKTICK;
  const empty: number[] = [];
  let last = first;
  for (let number = first; number <= source.lines; number++) {
    const line = source.line(number);
    const content = line.trimStart();
    last = number;
    if (number > first && content === "") empty.push(number);
    if (number > first && (content === "" || content.startsWith("#"))) continue;
    const indent = number === first ? line.length - content.length : 0;
    const open = continues.test(line);
    const end = open ? line.replace(continues, "$1").length : line.length;
    builder.add(source, { line: number, from: indent, to: end });
    if (!open) break;
  }
  return { ...trimmedEnd(builder.done()), last, empty };
}

const BACKSLASH = /(^|[^\\])\\[ \t]*$/;
const BACKTICK = /(^|[^`])`[ \t]*$/;

/** The lines of a range as they are, each with a line feed. */
export function linesText(source: SourceText, { start, end }: SourceRange): MappedText {
  const builder = mappedBuilder();
  for (let number = start.line; number <= end.line; number++) {
    const line = source.line(number);
    builder.add(source, { line: number, from: 0, to: line.length });
    builder.feed(source, number);
  }
  return builder.done();
}

export function sliceText(mapped: MappedText, from: number): MappedText {
  const pieces = mapped.pieces.map(({ at, offset }) => ({ at: at - from, offset }));
  const first = lastIndexAtMost(pieces, 0, ({ at }) => at);
  return { text: mapped.text.slice(from), pieces: pieces.slice(Math.max(0, first)) };
}

function mappedBuilder() {
  let text = "";
  const pieces: Piece[] = [];
  return {
    add(source: SourceText, { line, from, to }: { line: number; from: number; to: number }): void {
      pieces.push({ at: text.length, offset: source.offsetOf({ line, column: 1 }) + from });
      text += source.line(line).slice(from, to);
    },
    feed(source: SourceText, line: number): void {
      pieces.push({
        at: text.length,
        offset: source.offsetOf({ line, column: 1 }) + source.line(line).length,
      });
      text += "\n";
    },
    done: (): MappedText => ({ text, pieces }),
  };
}

function trimmedEnd({ text, pieces }: MappedText): MappedText {
  return { text: text.trimEnd(), pieces };
}

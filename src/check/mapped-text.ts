import type { SourceRange } from "../base/index.ts";
import type { SourceText } from "./source-text.ts";

/** Text that was joined from pieces of the file; `offsets` says of each character where it stands, and of the end. */
export interface MappedText {
  readonly text: string;
  readonly offsets: readonly number[];
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
  const continues = new RegExp(`(^|[^\\${escape}])\\${escape}[ \\t]*$`);
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

export function sliceText({ text, offsets }: MappedText, from: number): MappedText {
  return { text: text.slice(from), offsets: offsets.slice(from) };
}

function mappedBuilder() {
  let text = "";
  const offsets: number[] = [];
  let end = 0;
  return {
    add(source: SourceText, { line, from, to }: { line: number; from: number; to: number }): void {
      const start = source.offsetOf({ line, column: 1 });
      text += source.line(line).slice(from, to);
      for (let at = from; at < to; at++) offsets.push(start + at);
      end = start + to;
    },
    feed(source: SourceText, line: number): void {
      text += "\n";
      offsets.push(source.offsetOf({ line, column: 1 }) + source.line(line).length);
    },
    done: (): MappedText => ({ text, offsets: [...offsets, end] }),
  };
}

function trimmedEnd({ text, offsets }: MappedText): MappedText {
  const kept = text.trimEnd();
  if (kept.length === text.length) return { text, offsets };
  const end = (offsets[kept.length - 1] ?? (offsets[0] as number) - 1) + 1;
  return { text: kept, offsets: [...offsets.slice(0, kept.length), end] };
}

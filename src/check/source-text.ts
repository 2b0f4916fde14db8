import { lastIndexAtMost, type Position } from "../base/index.ts";

/** A file's text with the way between positions and offsets. */
export interface SourceText {
  readonly text: string;
  /** What ends its lines. */
  readonly ending: "\n" | "\r\n";
  /** Number of lines. */
  readonly lines: number;
  /** A line, counted from 1, without its ending. */
  line(number: number): string;
  offsetOf(position: Position): number;
  positionOf(offset: number): Position;
}

export function sourceText(text: string): SourceText {
  const starts = lineStarts(text);
  const at = (line: number) => starts[Math.min(Math.max(line, 1), starts.length) - 1] as number;
  const line = (number: number) =>
    number > starts.length ? "" : withoutEnding(text.slice(at(number), starts[number] ?? text.length));
  return {
    text,
    ending: /\r\n/.test(text) ? "\r\n" : "\n",
    lines: starts.length,
    line,
    offsetOf: ({ line: number, column }) => at(number) + Math.min(column - 1, line(number).length),
    positionOf: (offset) => {
      const number = lastIndexAtMost(starts, offset, (start) => start) + 1;
      return number === 0 ? { line: 1, column: 1 } : { line: number, column: offset - at(number) + 1 };
    },
  };
}

/** A byte order mark belongs to no line. */
function lineStarts(text: string): readonly number[] {
  const starts = [text.startsWith("\uFEFF") ? 1 : 0];
  for (let at = text.indexOf("\n"); at >= 0 && at + 1 < text.length; at = text.indexOf("\n", at + 1))
    starts.push(at + 1);
  return starts;
}

function withoutEnding(line: string): string {
  let end = line.length;
  while (line[end - 1] === "\n" || line[end - 1] === "\r") end--;
  return line.slice(0, end);
}

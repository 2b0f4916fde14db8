import type { SourceRange } from "../base/index.ts";
import type { SourceText } from "./source-text.ts";
import type { Edit } from "./types.ts";

export function replaceRange(source: SourceText, { start, end }: SourceRange, text: string): Edit {
  return { start: source.offsetOf(start), end: source.offsetOf(end), text };
}

export function insertAt(offset: number, text: string): Edit {
  return { start: offset, end: offset, text };
}

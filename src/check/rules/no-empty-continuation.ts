import { allInstructions, headOf } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { SourceText } from "../source-text.ts";
import type { Edit, Rule } from "../types.ts";

export const noEmptyContinuation: Rule = {
  id: "NoEmptyContinuation",
  group: "buildkit",
  severity: "warning",
  summary: "Empty continuation lines will become errors in a future release",
  url: ruleUrl("NoEmptyContinuation"),
  *check(context) {
    for (const instruction of allInstructions(context.dockerfile)) {
      if (instruction.range.start.line === instruction.range.end.line) continue;
      const { empty, last } = headOf(context, instruction);
      if (empty.length === 0) continue;
      yield {
        // BuildKit names the line where it noticed.
        range: { start: { line: last, column: 1 }, end: { line: last, column: 1 } },
        message: "Empty continuation line",
        hint: `remove line ${empty.join(", ")}`,
        fix: {
          title: empty.length === 1 ? "remove the empty line" : `remove ${empty.length} empty lines`,
          edits: emptyEdits(context.source, empty),
        },
      };
    }
  },
};

/** Neighbouring lines go in one edit, as edits must not touch. */
function emptyEdits(source: SourceText, lines: readonly number[]): readonly Edit[] {
  const edits: { start: number; end: number; text: string }[] = [];
  for (const line of lines) {
    const start = source.offsetOf({ line, column: 1 });
    const end = line < source.lines ? source.offsetOf({ line: line + 1, column: 1 }) : source.text.length;
    const before = edits.at(-1);
    if (before?.end === start) before.end = end;
    else edits.push({ start, end, text: "" });
  }
  return edits;
}

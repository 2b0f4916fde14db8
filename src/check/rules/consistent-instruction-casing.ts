import { headOf, type Instruction } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const consistentInstructionCasing: Rule = {
  id: "ConsistentInstructionCasing",
  group: "buildkit",
  severity: "warning",
  summary: "All commands within the Dockerfile should use the same casing (either upper or lower)",
  url: ruleUrl("ConsistentInstructionCasing"),
  *check(context) {
    const all: readonly Instruction[] = context.dockerfile.stages.flatMap(({ from, instructions }) => [
      from,
      ...instructions,
    ]);
    const written = all.map((instruction) => {
      const { text, offsets } = headOf(context, instruction);
      return { instruction, keyword: text.slice(0, instruction.keyword.length), start: offsets[0] as number };
    });
    const lower = written.filter(({ keyword }) => keyword === keyword.toLowerCase()).length;
    const upper = written.filter(({ keyword }) => keyword === keyword.toUpperCase()).length;
    const casing = lower > upper ? "lowercase" : "uppercase";
    for (const { instruction, keyword, start } of written) {
      const wanted = casing === "lowercase" ? keyword.toLowerCase() : keyword.toUpperCase();
      if (keyword === wanted) continue;
      yield {
        range: instruction.range,
        message: `Command '${keyword}' should match the case of the command majority (${casing})`,
        fix: { title: `write ${wanted}`, edits: [{ start, end: start + keyword.length, text: wanted }] },
      };
    }
  },
};

import { headOf, stageInstructions, writtenKeyword } from "../context.ts";
import { stretchOf } from "../mapped-text.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const consistentInstructionCasing: Rule = {
  id: "ConsistentInstructionCasing",
  group: "buildkit",
  severity: "warning",
  summary: "All commands within the Dockerfile should use the same casing (either upper or lower)",
  url: ruleUrl("ConsistentInstructionCasing"),
  *check(context) {
    const { stages } = context.dockerfile;
    let [lower, upper] = [0, 0];
    for (const instruction of stageInstructions(stages)) {
      const keyword = writtenKeyword(instruction);
      if (keyword === keyword.toLowerCase()) lower++;
      if (keyword === keyword.toUpperCase()) upper++;
    }
    const casing = lower > upper ? "lowercase" : "uppercase";
    for (const instruction of stageInstructions(stages)) {
      const keyword = writtenKeyword(instruction);
      const wanted = casing === "lowercase" ? keyword.toLowerCase() : keyword.toUpperCase();
      if (keyword === wanted) continue;
      const place = stretchOf(headOf(context, instruction), 0, keyword.length);
      yield {
        range: instruction.range,
        message: `Command '${keyword}' should match the case of the command majority (${casing})`,
        ...(place && { fix: { title: `write ${wanted}`, edits: [{ ...place, text: wanted }] } }),
      };
    }
  },
};

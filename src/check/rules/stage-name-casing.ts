import { replaceRange } from "../edits.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const stageNameCasing: Rule = {
  id: "StageNameCasing",
  group: "buildkit",
  severity: "warning",
  summary: "Stage names should be lowercase",
  url: ruleUrl("StageNameCasing"),
  *check(context) {
    for (const { from } of context.dockerfile.stages) {
      const { alias } = from;
      if (!alias || alias.text === alias.text.toLowerCase()) continue;
      yield {
        range: from.range,
        message: `Stage name '${alias.text}' should be lowercase`,
        fix: {
          title: `write ${alias.text.toLowerCase()}`,
          edits: [replaceRange(context.source, alias.range, alias.text.toLowerCase())],
        },
      };
    }
  },
};

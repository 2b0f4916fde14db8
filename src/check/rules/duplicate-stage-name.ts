import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const duplicateStageName: Rule = {
  id: "DuplicateStageName",
  group: "buildkit",
  severity: "warning",
  summary: "Stage names should be unique",
  url: ruleUrl("DuplicateStageName"),
  *check({ stages }) {
    const seen = new Set<string>();
    for (const { name, stage } of stages) {
      if (name === undefined) continue;
      if (seen.has(name))
        yield {
          range: stage.from.range,
          message: `Duplicate stage name ${JSON.stringify(name)}, stage names should be unique`,
        };
      seen.add(name);
    }
  },
};

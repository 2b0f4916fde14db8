import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

const RESERVED = ["context", "scratch"];

export const reservedStageName: Rule = {
  id: "ReservedStageName",
  group: "buildkit",
  severity: "warning",
  summary: "Reserved words should not be used as stage names",
  url: ruleUrl("ReservedStageName"),
  *check({ stages }) {
    for (const { name, stage } of stages)
      if (name !== undefined && RESERVED.includes(name))
        yield {
          range: stage.from.range,
          message: `Stage name should not use the same name as reserved stage ${JSON.stringify(name)}`,
        };
  },
};

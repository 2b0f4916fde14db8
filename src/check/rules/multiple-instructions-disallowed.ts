import { stepsOf, triggeredStages } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const multipleInstructionsDisallowed: Rule = {
  id: "MultipleInstructionsDisallowed",
  group: "buildkit",
  severity: "warning",
  summary: "Multiple instructions of the same type should not be used in the same stage",
  url: ruleUrl("MultipleInstructionsDisallowed"),
  *check(context) {
    for (const stage of triggeredStages(context))
      for (const keyword of ["CMD", "ENTRYPOINT", "HEALTHCHECK"] as const) {
        const steps = [...stepsOf([stage], keyword)].map(({ step }) => step);
        for (const [index, next] of steps.slice(1).entries())
          yield {
            // The one that is lost; the message is about the one that takes its place.
            range: (steps[index] as (typeof steps)[number]).instruction.range,
            cause: next.instruction.range,
            message: `Multiple ${next.keyword} instructions should not be used in the same stage because only the last one will be used`,
          };
      }
  },
};

import { chainOf, triggeredStages } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { CheckedStage } from "../stages.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const workdirRelativePath: Rule = {
  id: "WorkdirRelativePath",
  group: "buildkit",
  severity: "warning",
  summary:
    "Relative workdir without an absolute workdir declared within the build can have unexpected results if the base image changes",
  url: ruleUrl("WorkdirRelativePath"),
  *check(context) {
    for (const stage of triggeredStages(context)) {
      // Only the first one counts: to mend it mends those behind it.
      const first = workdirs(stage)[0];
      if (
        !first ||
        chainOf(stage).some(
          (link) => link !== stage && (link.triggers.some(isWorkdir) || workdirs(link).length > 0),
        )
      )
        continue;
      const { instruction, variables } = first;
      if (instruction.keyword !== "WORKDIR") continue;
      const path = expanded(instruction.word, variables, context.dockerfile.escape)?.text;
      if (path === undefined || path.startsWith("/")) continue;
      yield {
        range: instruction.range,
        message: `Relative workdir ${JSON.stringify(path)} can have unexpected results if the base image changes`,
      };
    }
  },
};

function workdirs({ steps }: CheckedStage): CheckedStage["steps"] {
  return steps.filter(isWorkdir);
}

function isWorkdir({ instruction }: CheckedStage["steps"][number]): boolean {
  return instruction.keyword === "WORKDIR";
}

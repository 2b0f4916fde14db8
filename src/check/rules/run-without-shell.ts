import { isShellProgram, RUN_ELSEWHERE } from "../../dockerfile/index.ts";
import { lintedStages, stepsOf } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import { isShellLess } from "../shell-less.ts";
import type { Rule } from "../types.ts";

export const runWithoutShell: Rule = {
  id: "RunWithoutShell",
  group: "tare",
  severity: "error",
  summary: "RUN needs a shell, and the base has none",
  url: ruleUrl("RunWithoutShell"),
  *check(context) {
    for (const { stage, step } of stepsOf(lintedStages(context), "RUN")) {
      const { command, mounts, range } = step.instruction;
      const program = command.form === "exec" ? command.args[0] : "/bin/sh";
      // A mount may bring the shell along.
      if (!isShellProgram(program) || mounts.some(({ options }) => !options.some(isHarmless))) continue;
      if (!isShellLess(context, stage, step.instruction)) continue;
      const where = stage.base.type === "image" ? stage.base.name : "scratch";
      yield {
        range,
        message: `RUN needs /bin/sh, and ${where} has no shell`,
        hint: RUN_ELSEWHERE,
      };
    }
  },
};

function isHarmless({ key, value }: { readonly key: string; readonly value: string }): boolean {
  return key === "type" && ["cache", "tmpfs", "secret", "ssh"].includes(value);
}

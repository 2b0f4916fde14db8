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
      const isShell = /^(?:\/(?:usr\/)?bin\/)?(?:ba|da|a)?sh$/.test(program ?? "");
      // A mount may bring the shell along.
      if (!isShell || mounts.some(({ options }) => !options.some(isHarmless))) continue;
      if (!isShellLess(context, stage, step.instruction)) continue;
      const where = stage.base.type === "image" ? stage.base.name : "scratch";
      yield {
        range,
        message: `RUN needs /bin/sh, and ${where} has no shell`,
        hint: "do it in an earlier stage on a base with a shell, and COPY --from that stage the result",
      };
    }
  },
};

function isHarmless({ key, value }: { readonly key: string; readonly value: string }): boolean {
  return key === "type" && ["cache", "tmpfs", "secret", "ssh"].includes(value);
}

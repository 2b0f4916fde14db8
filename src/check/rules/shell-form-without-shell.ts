import { type Command, isShellProgram } from "../../dockerfile/index.ts";
import { lintedStages, stepsOf } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import { isShellLess } from "../shell-less.ts";
import type { Rule } from "../types.ts";

export const shellFormWithoutShell: Rule = {
  id: "ShellFormWithoutShell",
  group: "tare",
  severity: "error",
  summary: "A command in shell form can not start in an image without a shell",
  url: ruleUrl("ShellFormWithoutShell"),
  *check(context) {
    for (const { stage, step } of stepsOf(lintedStages(context), "CMD", "ENTRYPOINT", "HEALTHCHECK")) {
      const { instruction } = step;
      const command = instruction.keyword === "HEALTHCHECK" ? instruction.test : instruction.command;
      if (!command || !needsShell(command) || !isShellLess(context, stage)) continue;
      const where = stage.base.type === "image" ? stage.base.name : "scratch";
      yield {
        range: instruction.range,
        message: `${instruction.keyword} needs /bin/sh, and ${where} has no shell`,
        hint: `name the program itself, in JSON form: ${instruction.keyword}${instruction.keyword === "HEALTHCHECK" ? " CMD" : ""} ["/app"]`,
      };
    }
  },
};

function needsShell(command: Command): boolean {
  return command.form === "shell" || isShellProgram(command.args[0]);
}

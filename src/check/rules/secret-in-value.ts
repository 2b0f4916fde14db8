import { findSecret } from "../../text/index.ts";
import { allInstructions, type Instruction } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const secretInValue: Rule = {
  id: "SecretInValue",
  group: "tare",
  severity: "error",
  summary: "A secret that is written into the Dockerfile is in the image for everybody to read",
  url: ruleUrl("SecretInValue"),
  *check(context) {
    for (const instruction of allInstructions(context.dockerfile)) {
      if (!["ARG", "ENV", "LABEL", "RUN"].includes(instruction.keyword)) continue;
      const found = findSecret(textOf(instruction));
      if (found === undefined) continue;
      yield {
        range: instruction.range,
        message: `${instruction.keyword} contains what looks like ${found}`,
        hint: "revoke it, and give a new one to the step that needs it by RUN --mount=type=secret",
      };
    }
  },
};

/** Heredocs of RUN are part of what it executes, and of the history. */
function textOf(instruction: Instruction): string {
  if (instruction.keyword !== "RUN" || instruction.command.form === "exec") return instruction.text;
  return [instruction.text, ...instruction.command.heredocs.map(({ source }) => source)].join("\n");
}

import type { CommandInstruction } from "../../dockerfile/index.ts";
import { type CheckContext, chainOf, headOf, stepsOf, triggeredStages } from "../context.ts";
import { stretchOf } from "../mapped-text.ts";
import { ruleUrl } from "../rule-url.ts";
import { runtimeOf } from "../runtime.ts";
import { shellCommands } from "../shell.ts";
import type { CheckedStage } from "../stages.ts";
import type { Fix, Rule } from "../types.ts";

export const jsonArgsRecommended: Rule = {
  id: "JSONArgsRecommended",
  group: "buildkit",
  severity: "warning",
  summary:
    "JSON arguments recommended for ENTRYPOINT/CMD to prevent unintended behavior related to OS signals",
  url: ruleUrl("JSONArgsRecommended"),
  *check(context) {
    for (const { stage, step } of stepsOf(triggeredStages(context), "CMD", "ENTRYPOINT")) {
      const { instruction, keyword } = step;
      if (instruction.command.form === "exec" || step.shell.length > 0) continue;
      const fix = step.isTrigger ? undefined : jsonFix(context, stage, instruction);
      yield {
        range: instruction.range,
        message: `JSON arguments recommended for ${keyword} to prevent unintended behavior related to OS signals`,
        ...(fix && { fix }),
      };
    }
  },
};

/**
 * The same words as a list, where the shell does nothing but find them: no variables, patterns or operators. An
 * ENTRYPOINT that becomes a list begins to take CMD as its arguments, so it is left alone where there is one.
 */
function jsonFix(
  context: CheckContext,
  stage: CheckedStage,
  instruction: CommandInstruction,
): Fix | undefined {
  const { keyword, command } = instruction;
  if (command.form === "exec" || command.heredocs.length > 0) return undefined;
  const head = headOf(context, instruction);
  const words = plainWords(command.text);
  if (!words || /[\\`]/.test(command.text) || head.last > instruction.range.start.line) return undefined;
  const partner = keyword === "CMD" ? "ENTRYPOINT" : "CMD";
  const family = context.stages.filter((each) => chainOf(each).includes(stage));
  if (family.some(({ steps }) => steps.some((step) => step.instruction.keyword === partner)))
    return undefined;
  if (keyword === "CMD" && runtimeOf(stage).entrypoint) return undefined;
  const text = `[${words.map((word) => JSON.stringify(word)).join(", ")}]`;
  const place = stretchOf(head, head.text.length - command.text.length, head.text.length);
  return place && { title: `write ${text}`, edits: [{ ...place, text }] };
}

const BUILTINS = new Set(
  ". : [ alias bg break cd command continue eval exec exit export fg getopts hash jobs local read readonly return set shift source test times trap type ulimit umask unalias unset wait".split(
    " ",
  ),
);

function plainWords(text: string): readonly string[] | undefined {
  const [command, ...more] = shellCommands(text);
  if (!command || more.length > 0 || command.after !== "" || command.assignments.length > 0) return undefined;
  if (command.outputs.length > 0 || /[<>#;&|(){}$*?[\]~!\n]/.test(text)) return undefined;
  const words = command.words.map((word) => word.text);
  return BUILTINS.has(words[0] as string) ? undefined : words;
}

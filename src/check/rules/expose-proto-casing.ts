import type { Word } from "../../dockerfile/index.ts";
import { stepsOf, triggeredStages } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { SourceText } from "../source-text.ts";
import type { Fix, Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const exposeProtoCasing: Rule = {
  id: "ExposeProtoCasing",
  group: "buildkit",
  severity: "warning",
  summary: "Protocol in EXPOSE instruction should be lowercase",
  url: ruleUrl("ExposeProtoCasing"),
  *check(context) {
    for (const { step } of stepsOf(triggeredStages(context), "EXPOSE"))
      for (const word of step.instruction.words)
        for (const port of expanded(word, step.variables, context.dockerfile.escape)?.words ?? []) {
          const protocol = port.split("/")[1] ?? "";
          if (protocol === protocol.toLowerCase()) continue;
          const fix = step.isTrigger ? undefined : lowerFix(context.source, word, protocol);
          yield {
            range: step.instruction.range,
            message: `Defined protocol '${port}' in EXPOSE instruction should be lowercase`,
            ...(fix && { fix }),
          };
        }
  },
};

function lowerFix(source: SourceText, { text, range }: Word, protocol: string): Fix | undefined {
  if (!text.endsWith(`/${protocol}`)) return undefined;
  const end = source.offsetOf(range.end);
  const lower = protocol.toLowerCase();
  return { title: `write /${lower}`, edits: [{ start: end - protocol.length, end, text: lower }] };
}

import { stepsOf, triggeredStages } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const exposeInvalidFormat: Rule = {
  id: "ExposeInvalidFormat",
  group: "buildkit",
  severity: "warning",
  summary:
    "IP address and host-port mapping should not be used in EXPOSE instruction. This will become an error in a future release",
  url: ruleUrl("ExposeInvalidFormat"),
  *check(context) {
    for (const { step } of stepsOf(triggeredStages(context), "EXPOSE"))
      for (const word of step.instruction.words)
        for (const port of expanded(word, step.variables, context.dockerfile.escape)?.words ?? []) {
          const parts = port.split(":").slice(0, -1);
          if (parts.every((part) => part === "")) continue;
          yield {
            range: step.instruction.range,
            message: `EXPOSE instruction should not define an IP address or host-port mapping, found '${port}'`,
            hint: "expose the container's port alone; docker run -p maps it",
          };
        }
  },
};

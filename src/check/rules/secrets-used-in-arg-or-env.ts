import { isSecretName } from "../../dockerfile/index.ts";
import { stepsOf, triggeredStages } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const secretsUsedInArgOrEnv: Rule = {
  id: "SecretsUsedInArgOrEnv",
  group: "buildkit",
  severity: "warning",
  summary: "Sensitive data should not be used in the ARG or ENV commands",
  url: ruleUrl("SecretsUsedInArgOrEnv"),
  *check(context) {
    for (const { step } of stepsOf(triggeredStages(context), "ARG", "ENV"))
      for (const { key } of step.instruction.pairs) {
        const { keyword, range } = step.instruction;
        // ENV takes variables and quotes in names too.
        const name =
          keyword === "ENV" ? expanded(key, step.variables, context.dockerfile.escape)?.text : key.text;
        if (name === undefined || !isSecretName(name)) continue;
        yield {
          range,
          message: `Do not use ARG or ENV instructions for sensitive data (${keyword} ${JSON.stringify(name)})`,
          hint: "give it to a step by RUN --mount=type=secret, and to the program when it starts",
        };
      }
  },
};

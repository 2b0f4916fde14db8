import { lintedStages, stepsOf } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const secretsUsedInArgOrEnv: Rule = {
  id: "SecretsUsedInArgOrEnv",
  group: "buildkit",
  severity: "warning",
  summary: "Sensitive data should not be used in the ARG or ENV commands",
  url: ruleUrl("SecretsUsedInArgOrEnv"),
  *check(context) {
    for (const { step } of stepsOf(lintedStages(context), "ARG", "ENV"))
      for (const { key } of step.instruction.pairs) {
        if (!isSecretName(key.text)) continue;
        const { keyword, range } = step.instruction;
        yield {
          range,
          message: `Do not use ARG or ENV instructions for sensitive data (${keyword} ${JSON.stringify(key.text)})`,
          hint: "give it to a step by RUN --mount=type=secret, and to the program when it starts",
        };
      }
  },
};

const SECRET = new Set(
  "apikey auth credential credentials key password pword passwd secret token".split(" "),
);
/** Words that say that the value is none itself. */
const HARMLESS = new Set(["public", "file", "version"]);

/** Whether a word of the name, between underscores, is one that secrets are called by. */
function isSecretName(name: string): boolean {
  const words = name.toLowerCase().split("_");
  return words.some((word) => SECRET.has(word)) && !words.some((word) => HARMLESS.has(word));
}

import { referenceOf } from "../base-image.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";
import { expanded, globalVariables } from "../variables.ts";

export const invalidDefaultArgInFrom: Rule = {
  id: "InvalidDefaultArgInFrom",
  group: "buildkit",
  severity: "warning",
  summary: "Default value for global ARG results in an empty or invalid base image name",
  url: ruleUrl("InvalidDefaultArgInFrom"),
  *check({ dockerfile, platform }) {
    const { escape, globalArgs } = dockerfile;
    const defaults = globalVariables(globalArgs, { platform, given: {}, escape });
    for (const { from } of dockerfile.stages) {
      const result = expanded(from.image, defaults, escape);
      const hasVariables = result && result.used.length + result.unmatched.length > 0;
      if (!hasVariables || referenceOf(result.text)) continue;
      yield {
        range: from.range,
        message: `Default value for ARG ${from.image.text} results in empty or invalid base image name`,
      };
    }
  },
};

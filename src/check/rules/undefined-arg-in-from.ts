import { nearVariable } from "../near-name.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const undefinedArgInFrom: Rule = {
  id: "UndefinedArgInFrom",
  group: "buildkit",
  severity: "warning",
  summary: "FROM command must use declared ARGs",
  url: ruleUrl("UndefinedArgInFrom"),
  *check({ dockerfile, globals, platform }) {
    const own = dockerfile.globalArgs.flatMap(({ pairs }) => pairs.map(({ key }) => key.text));
    const declared = [...platform.keys(), ...own];
    for (const { from } of dockerfile.stages)
      for (const word of [from.image, from.platform]) {
        const unmatched = (word && expanded(word, globals, dockerfile.escape)?.unmatched) ?? [];
        for (const name of unmatched) {
          if (declared.includes(name)) continue;
          const near = nearVariable(name, declared);
          const meant = near === undefined ? "" : ` (did you mean ${near}?)`;
          yield { range: from.range, message: `FROM argument '${name}' is not declared${meant}` };
        }
      }
  },
};

import { neededBy } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { CheckedStage } from "../stages.ts";
import type { Rule } from "../types.ts";

export const unusedStage: Rule = {
  id: "UnusedStage",
  group: "tare",
  severity: "warning",
  summary: "A stage that nothing uses is never built",
  url: ruleUrl("UnusedStage"),
  *check({ stages, final }) {
    const needed = neededBy(stages, final);
    for (const stage of stages) {
      const { index, from } = stage.stage;
      if (needed.has(index) || stages.some(({ needs }) => needs.has(index)) || isOwnTarget(stage)) continue;
      const name = stage.name ?? String(index);
      yield {
        range: from.range,
        message: `Stage ${name} is used by no other stage, so it is never built`,
        hint: `remove it, or copy from it; only --target ${name} builds it`,
      };
    }
  },
};

/** Names that people build by --target on purpose. */
const TARGETS =
  /(?:^|[-_.])(?:tests?|testing|lint(?:er)?|checks?|dev(?:el|elop|elopment)?|debug|prod(?:uction)?|release|ci|e2e|docs?|export|artifacts?|binar(?:y|ies)|bench|coverage|vendor|validate|update|shell|local|tools?|final|runtime|image)(?:$|[-_.\d])/;

/** A stage that says how it starts, or has a target's name, is an image of its own. */
function isOwnTarget({ name, steps }: CheckedStage): boolean {
  if (name === undefined) return false;
  const starts = ["CMD", "ENTRYPOINT", "HEALTHCHECK", "USER", "EXPOSE"];
  return TARGETS.test(name) || steps.some(({ instruction }) => starts.includes(instruction.keyword));
}

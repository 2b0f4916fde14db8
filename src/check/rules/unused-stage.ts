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
    const last = stages.at(-1) ?? final;
    const needed = new Set([...neededBy(stages, final), ...neededBy(stages, last)]);
    const chosen = stages
      .map(({ stage }) => chosenBy(stage.from.image.text))
      .filter((fits) => fits !== undefined);
    for (const stage of stages) {
      const { index, from } = stage.stage;
      if (needed.has(index) || stages.some(({ needs }) => needs.has(index)) || isOwnTarget(stage)) continue;
      const name = stage.name ?? String(index);
      if (chosen.some((fits) => fits(name))) continue;
      yield {
        range: from.range,
        message: `Stage ${name} is used by no other stage, so it is never built`,
        hint: GATES.test(name)
          ? `what it tests stops no image: copy the result from it (COPY --from=${name}), or build it by --target ${name} as well`
          : `remove it, or copy from it; only --target ${name} builds it`,
      };
    }
  },
};

/** `FROM base-$TARGETARCH` may mean any stage whose name fits; undefined for a name without variables. */
function chosenBy(image: string): ((name: string) => boolean) | undefined {
  const parts = image.toLowerCase().split(/\$\w+|\$\{[^}]*\}/);
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return undefined;
  return (name) => {
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.startsWith(first) && name.endsWith(last) && name.length - last.length >= at;
  };
}

/** Names of stages that are there to fail, which they can not when nobody builds them. */
const GATES = /(?:^|[-_.])(?:tests?|testing|lint(?:er)?|checks?|e2e|validate)(?:$|[-_.\d])/;

/** Names that people build by --target on purpose. */
const TARGETS =
  /(?:^|[-_.])(?:dev(?:el|elop|elopment)?|debug|prod(?:uction)?|release|ci|docs?|export|artifacts?|binar(?:y|ies)|bench|coverage|vendor|update|shell|local|tools?|final|runtime|image)(?:$|[-_.\d])/;

/** A stage that says how it starts, or has a target's name, is an image of its own. */
function isOwnTarget({ name, steps }: CheckedStage): boolean {
  if (name === undefined) return false;
  const starts = ["CMD", "ENTRYPOINT", "HEALTHCHECK", "USER", "EXPOSE"];
  return TARGETS.test(name) || steps.some(({ instruction }) => starts.includes(instruction.keyword));
}

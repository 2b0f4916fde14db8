import { stepsOf } from "../context.ts";
import { replaceRange } from "../edits.ts";
import { quoted } from "../quote.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const maintainerDeprecated: Rule = {
  id: "MaintainerDeprecated",
  group: "buildkit",
  severity: "warning",
  summary: "The MAINTAINER instruction is deprecated, use a label instead to define an image author",
  url: ruleUrl("MaintainerDeprecated"),
  *check({ stages, source, dockerfile }) {
    for (const { step } of stepsOf(stages, "MAINTAINER")) {
      const { word, range } = step.instruction;
      const label = step.keyword === step.keyword.toLowerCase() ? "label" : "LABEL";
      const text = `${label} org.opencontainers.image.authors=${quoted(word.text, dockerfile.escape)}`;
      yield {
        range,
        message: "Maintainer instruction is deprecated in favor of using label",
        hint: "name the author by LABEL org.opencontainers.image.authors",
        ...(range.start.line === range.end.line && {
          fix: { title: "make it a LABEL", edits: [replaceRange(source, range, text)] },
        }),
      };
    }
  },
};

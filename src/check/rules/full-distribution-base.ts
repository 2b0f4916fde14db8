import { isApplication } from "../application.ts";
import { smallerThan } from "../base-facts.ts";
import { chainOf } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const fullDistributionBase: Rule = {
  id: "FullDistributionBase",
  group: "tare",
  severity: "warning",
  summary: "A full distribution below an application is mostly things that it never uses",
  url: ruleUrl("FullDistributionBase"),
  *check({ final }) {
    const smaller = smallerThan(final.base);
    if (smaller === undefined || final.base.type !== "image" || !isApplication(final)) return;
    yield {
      range: (chainOf(final)[0] ?? final).stage.from.range,
      message: `The final image stands on ${final.base.name}, a full distribution`,
      hint: `use ${smaller}`,
    };
  },
};

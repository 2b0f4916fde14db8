import { isApplication } from "../application.ts";
import { builderIn } from "../base-facts.ts";
import { chainOf } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const buildImageAsFinalBase: Rule = {
  id: "BuildImageAsFinalBase",
  group: "tare",
  severity: "warning",
  summary: "The image that runs should not stand on an image to build with",
  url: ruleUrl("BuildImageAsFinalBase"),
  *check({ final }) {
    const tools = builderIn(final.base);
    if (tools === undefined || final.base.type !== "image" || !isApplication(final)) return;
    yield {
      range: (chainOf(final)[0] ?? final).stage.from.range,
      message: `The final image stands on ${final.base.name} and ships ${tools}`,
      hint: "build in this stage and add a second one that copies the result: FROM scratch or a distroless base",
    };
  },
};

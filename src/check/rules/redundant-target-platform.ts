import { headOf } from "../context.ts";
import { stretchOf } from "../mapped-text.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const redundantTargetPlatform: Rule = {
  id: "RedundantTargetPlatform",
  group: "buildkit",
  severity: "warning",
  summary:
    "Setting platform to predefined $TARGETPLATFORM in FROM is redundant as this is the default behavior",
  url: ruleUrl("RedundantTargetPlatform"),
  *check(context) {
    const { dockerfile, globals } = context;
    for (const { from } of dockerfile.stages) {
      const written = from.platform?.text ?? "";
      const result = expanded(written, globals, dockerfile.escape);
      const isTarget = result?.used.join() === "TARGETPLATFORM" && result.unmatched.length === 0;
      if (!isTarget || result.text !== globals.get("TARGETPLATFORM")) continue;
      const head = headOf(context, from);
      const flag = /--platform=\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})\s+/.exec(head.text);
      const place = flag && stretchOf(head, flag.index, flag.index + flag[0].length);
      yield {
        range: from.range,
        message: `Setting platform to predefined ${written} in FROM is redundant as this is the default behavior`,
        ...(place && { fix: { title: "leave --platform out", edits: [{ ...place, text: "" }] } }),
      };
    }
  },
};

import { headOf } from "../context.ts";
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
      const [start, end] = [flag?.index ?? 0, (flag?.index ?? 0) + (flag?.[0].length ?? 0)].map(
        (at) => head.offsets[at] as number,
      ) as [number, number];
      yield {
        range: from.range,
        message: `Setting platform to predefined ${written} in FROM is redundant as this is the default behavior`,
        ...(flag &&
          !context.source.text.slice(start, end).includes("\n") && {
            fix: { title: "leave --platform out", edits: [{ start, end, text: "" }] },
          }),
      };
    }
  },
};

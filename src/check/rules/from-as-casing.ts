import { headText, stretchOf } from "../mapped-text.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";

export const fromAsCasing: Rule = {
  id: "FromAsCasing",
  group: "buildkit",
  severity: "warning",
  summary: "The 'as' keyword should match the case of the 'from' keyword",
  url: ruleUrl("FromAsCasing"),
  *check({ dockerfile, source }) {
    for (const { from } of dockerfile.stages) {
      if (!from.alias) continue;
      const head = headText(source, dockerfile.escape, from.range.start.line);
      const [, keyword = "", before = "", as = ""] = /^(\S+)([\s\S]*\s)(\S+)\s+\S+$/.exec(head.text) ?? [];
      const wanted = sameCase(keyword, as);
      if (wanted === undefined || wanted === as) continue;
      const at = keyword.length + before.length;
      const place = stretchOf(head, at, at + as.length);
      yield {
        range: from.range,
        message: `'${as}' and '${keyword}' keywords' casing do not match`,
        ...(place && { fix: { title: `write ${wanted}`, edits: [{ ...place, text: wanted }] } }),
      };
    }
  },
};

/** A word in the case of another; undefined when that has none of its own, which is another rule's matter. */
function sameCase(model: string, word: string): string | undefined {
  if (model === model.toLowerCase()) return word.toLowerCase();
  return model === model.toUpperCase() ? word.toUpperCase() : undefined;
}

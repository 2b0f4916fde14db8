import { posix } from "node:path";
import { compileIgnore } from "../../dockerfile/index.ts";
import { stepsOf, triggeredStages } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const copyIgnoredFile: Rule = {
  id: "CopyIgnoredFile",
  group: "buildkit",
  severity: "warning",
  summary: "Attempting to Copy file that is excluded by .dockerignore",
  url: ruleUrl("CopyIgnoredFile"),
  *check(context) {
    const { ignore = [] } = context.request;
    // What a `!` pattern takes back below a directory can not be told from the path alone.
    if (ignore.length === 0 || ignore.some((pattern) => pattern.startsWith("!"))) return;
    const matcher = compileIgnore(ignore);
    for (const { step } of stepsOf(triggeredStages(context), "COPY", "ADD")) {
      const { keyword, sources, from, range } = step.instruction;
      if (from) continue;
      for (const source of sources) {
        const path = cleanPath(expanded(source, step.variables, context.dockerfile.escape)?.text ?? "");
        if (path === undefined || !matcher.matches(path)) continue;
        yield {
          range,
          message: `Attempting to ${keyword === "COPY" ? "Copy" : "Add"} file ${JSON.stringify(path)} that is excluded by .dockerignore`,
        };
      }
    }
  },
};

/** Undefined for what is no path: nothing, a URL, a git repository. */
function cleanPath(text: string): string | undefined {
  if (text === "" || /^[a-z]+:\/\/|^git@/.test(text)) return undefined;
  const clean = posix.normalize(text);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

import { hasCacheLike } from "../cache-mount.ts";
import { chainOf } from "../context.ts";
import { insertAt } from "../edits.ts";
import { managerCall } from "../install.ts";
import { ruleUrl } from "../rule-url.ts";
import { offsetBehind, runScripts, wordsRange } from "../run-script.ts";
import type { Rule } from "../types.ts";

export const pipCacheLeft: Rule = {
  id: "PipCacheLeft",
  group: "tare",
  severity: "warning",
  summary: "pip install without --no-cache-dir leaves what it downloaded in the layer",
  url: ruleUrl("PipCacheLeft"),
  *check(context) {
    for (const script of runScripts(context, chainOf(context.final), /pip/)) {
      const { variables } = script.step;
      if (variables.has("PIP_NO_CACHE_DIR") || variables.has("PIP_CONFIG_FILE")) continue;
      if (/PIP_NO_CACHE_DIR|no-cache-dir|pip[\d.]* cache|\.cache|pip\.conf/.test(script.text)) continue;
      if (hasCacheLike(script.step, /pip|cache|^\/root$|^\/tmp$/)) continue;
      for (const command of script.commands) {
        const call = managerCall(command);
        if (call?.manager !== "pip" || call.verb.text !== "install") continue;
        const at = offsetBehind(script, call.verb);
        yield {
          range: wordsRange(context, script, command.words),
          message: "pip install without --no-cache-dir leaves its downloads in the layer",
          hint: "add --no-cache-dir, or mount a cache: RUN --mount=type=cache,target=/root/.cache/pip",
          ...(at !== undefined && {
            fix: { title: "add --no-cache-dir", edits: [insertAt(at, " --no-cache-dir")] },
          }),
        };
      }
    }
  },
};

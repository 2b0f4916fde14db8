import { hasCacheMount } from "../cache-mount.ts";
import { chainOf } from "../context.ts";
import { insertAt } from "../edits.ts";
import { managerCall } from "../install.ts";
import { ruleUrl } from "../rule-url.ts";
import { offsetBehind, runScripts, wordsRange } from "../run-script.ts";
import type { Rule } from "../types.ts";

export const apkCacheLeft: Rule = {
  id: "ApkCacheLeft",
  group: "tare",
  severity: "warning",
  summary: "apk add without --no-cache leaves the package index in the layer",
  url: ruleUrl("ApkCacheLeft"),
  *check(context) {
    for (const script of runScripts(context, chainOf(context.final), /apk/)) {
      if (/\/(?:var|etc)(?:\/cache)?\/apk/.test(script.text)) continue;
      if (hasCacheMount(script.step, "/var/cache/apk", "/etc/apk/cache")) continue;
      for (const command of script.commands) {
        const call = managerCall(command);
        if (call?.manager !== "apk" || call.verb.text !== "add" || call.flags.includes("--no-cache"))
          continue;
        const at = offsetBehind(script, call.verb);
        yield {
          range: wordsRange(context, script, command.words),
          message: "apk add without --no-cache leaves the package index in the layer",
          hint: "add --no-cache; apk update is not needed then",
          ...(at !== undefined && { fix: { title: "add --no-cache", edits: [insertAt(at, " --no-cache")] } }),
        };
      }
    }
  },
};

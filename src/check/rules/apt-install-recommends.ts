import { chainOf } from "../context.ts";
import { insertAt } from "../edits.ts";
import { managerCall } from "../install.ts";
import { ruleUrl } from "../rule-url.ts";
import { offsetBehind, runScripts, someScript, wordsRange } from "../run-script.ts";
import type { Rule } from "../types.ts";

export const aptInstallRecommends: Rule = {
  id: "AptInstallRecommends",
  group: "tare",
  severity: "warning",
  summary: "apt-get install brings recommended packages along that nothing needs",
  url: ruleUrl("AptInstallRecommends"),
  *check(context) {
    const scripts = runScripts(context, chainOf(context.final), /apt|install-recommends/i);
    // A line in apt.conf settles it for all.
    if (someScript(scripts, ({ text }) => /Install-Recommends/i.test(text))) return;
    for (const script of scripts)
      for (const command of script.commands) {
        const call = managerCall(command);
        if (call?.manager !== "apt" || call.verb.text !== "install" || call.packages.length === 0) continue;
        if (call.flags.some((flag) => flag === "--no-install-recommends" || flag.includes("Recommends")))
          continue;
        const at = offsetBehind(script, call.verb);
        yield {
          range: wordsRange(context, script, command.words),
          message:
            "apt-get install without --no-install-recommends installs packages that are only recommended",
          hint: "add --no-install-recommends, and name what is missing then",
          ...(at !== undefined && {
            fix: { title: "add --no-install-recommends", edits: [insertAt(at, " --no-install-recommends")] },
          }),
        };
      }
  },
};

import { appendedCommand, asBefore } from "../append-command.ts";
import { hasCacheLike } from "../cache-mount.ts";
import { chainOf } from "../context.ts";
import { managerCall, unwrapped } from "../install.ts";
import { ruleUrl } from "../rule-url.ts";
import { runScripts, wordsRange } from "../run-script.ts";
import type { Rule } from "../types.ts";

export const dnfCacheLeft: Rule = {
  id: "DnfCacheLeft",
  group: "tare",
  severity: "warning",
  summary: "dnf install leaves its metadata in the layer unless the same RUN cleans up",
  url: ruleUrl("DnfCacheLeft"),
  *check(context) {
    for (const script of runScripts(context, chainOf(context.final), /dnf|yum/)) {
      if (/\bclean\s+(?:all|dbcache|metadata)|\/var\/cache|keepcache/.test(script.text)) continue;
      if (hasCacheLike(script.step, /^\/var(?:\/cache|\/lib)?(?:\/|$)/)) continue;
      const install = script.commands.find((command) => {
        const call = managerCall(command);
        return (
          call?.manager === "dnf" &&
          INSTALLS.includes(call.verb.text) &&
          !call.flags.includes("--installroot")
        );
      });
      if (!install) continue;
      const program = unwrapped(install.words)[0]?.text ?? "dnf";
      const removal = asBefore(install, `${program} clean all`);
      const edit = appendedCommand(context, script, removal);
      yield {
        range: wordsRange(context, script, install.words),
        message: `${program} leaves its metadata in /var/cache in the layer`,
        hint: `end the same RUN with ${removal}`,
        ...(edit && { fix: { title: `add ${removal}`, edits: [edit] } }),
      };
    }
  },
};

const INSTALLS = ["install", "update", "upgrade", "groupinstall"];

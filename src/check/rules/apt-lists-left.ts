import { appendedCommand, asBefore } from "../append-command.ts";
import { hasCacheMount } from "../cache-mount.ts";
import { chainOf } from "../context.ts";
import { managerCall } from "../install.ts";
import { ruleUrl } from "../rule-url.ts";
import { runScripts, wordsRange } from "../run-script.ts";
import type { Rule } from "../types.ts";

export const aptListsLeft: Rule = {
  id: "AptListsLeft",
  group: "tare",
  severity: "warning",
  summary: "apt-get update leaves package lists in the layer unless the same RUN removes them",
  url: ruleUrl("AptListsLeft"),
  *check(context) {
    for (const script of runScripts(context, chainOf(context.final), /apt/)) {
      if (/\/var\/lib\/apt|dist-?clean/.test(script.text)) continue;
      if (hasCacheMount(script.step, "/var/lib/apt", "/var/lib/apt/lists")) continue;
      const update = script.commands.find((command) => {
        const call = managerCall(command);
        return call?.manager === "apt" && call.verb.text === "update";
      });
      if (!update) continue;
      const removal = asBefore(update, "rm -rf /var/lib/apt/lists/*");
      const edit = appendedCommand(context, script, removal);
      yield {
        range: wordsRange(context, script, update.words),
        message: "apt-get update leaves /var/lib/apt/lists in the layer",
        hint: `end the same RUN with ${removal}`,
        ...(edit && { fix: { title: `add ${removal}`, edits: [edit] } }),
      };
    }
  },
};

import { entrypointOf } from "../base-facts.ts";
import { ruleUrl } from "../rule-url.ts";
import { runtimeOf } from "../runtime.ts";
import type { Rule } from "../types.ts";

export const cmdRepeatsEntrypoint: Rule = {
  id: "CmdRepeatsEntrypoint",
  group: "tare",
  severity: "error",
  summary: "CMD is given to ENTRYPOINT as arguments, so it must not name the program again",
  url: ruleUrl("CmdRepeatsEntrypoint"),
  *check({ stages }) {
    for (const stage of stages) {
      const { cmd, entrypoint } = runtimeOf(stage);
      const isOwn = stage.steps.some((step) => step === cmd?.step || step === entrypoint?.step);
      const program = (entrypoint ? entrypoint.args : entrypointOf(stage.base))?.[0];
      const repeated = cmd?.args?.[0];
      if (!isOwn || !cmd?.step || program === undefined || repeated === undefined) continue;
      if (programName(program) !== programName(repeated)) continue;
      const whose = entrypoint?.step ? "ENTRYPOINT" : "the base's ENTRYPOINT";
      yield {
        range: cmd.step.instruction.range,
        message: `CMD repeats ${whose}: the container would run ${[program, ...(cmd.args ?? [])].join(" ")}`,
        hint: `leave ${JSON.stringify(repeated)} out of CMD`,
      };
    }
  },
};

/** `/usr/bin/python3` and `python` are the same program. */
function programName(path: string): string {
  const name = path.split("/").at(-1) ?? path;
  return /^python[\d.]*$/.test(name) ? "python" : name;
}

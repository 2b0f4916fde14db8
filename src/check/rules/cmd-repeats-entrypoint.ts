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
      const starter = entrypoint ? entrypoint.args : entrypointOf(stage.base);
      const program = starter?.[0];
      const repeated = cmd?.args?.[0];
      if (!isOwn || !cmd?.step || program === undefined || repeated === undefined) continue;
      if (programName(program) !== programName(repeated) || takesCommand(starter)) continue;
      const whose = entrypoint?.step ? "ENTRYPOINT" : "the base's ENTRYPOINT";
      yield {
        range: cmd.step.instruction.range,
        message: `CMD repeats ${whose}: the container would run ${[...(starter ?? []), ...(cmd.args ?? [])].join(" ")}`,
        hint: `leave ${JSON.stringify(repeated)} out of CMD`,
      };
    }
  },
};

/** `env` and `sh -c` run what they are given, and that may be themselves. */
function takesCommand(words: readonly string[] = []): boolean {
  return words.includes("-c") || ["env", "exec", "busybox"].includes(programName(words[0] ?? ""));
}

/** `/usr/bin/python3` and `python` are the same program. */
function programName(path: string): string {
  const name = path.split("/").at(-1) ?? path;
  return /^python[\d.]*$/.test(name) ? "python" : name;
}

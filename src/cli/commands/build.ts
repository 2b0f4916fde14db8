import { build, previewBuild } from "../../api/index.ts";
import { requestOf } from "../build-request.ts";
import { callFrontend } from "../call.ts";
import type { Command } from "../command.ts";
import { planText } from "../explain-text.ts";
import type { Parsed } from "../flags.ts";
import { showBuild } from "../show-build.ts";
import type { Terminal } from "../terminal.ts";
import { buildSpec } from "./build-spec.ts";

export const command: Command = {
  spec: buildSpec,
  async run(flags, terminal) {
    const call = flags.boolean("check") ? "check" : flags.string("call");
    if (call !== undefined && call !== "build") return callFrontend(call, flags, terminal);
    if (flags.boolean("plan")) return showPlan(flags, terminal);
    const streams = { stdin: process.stdin, stdout: process.stdout };
    return showBuild(build(requestOf(flags, terminal.env), streams, terminal.signal), flags, terminal);
  },
};

/** `--plan`: what would happen, on standard output. */
async function showPlan(flags: Parsed, { env, out, signal }: Terminal): Promise<number> {
  const steps = await previewBuild(requestOf(flags, env), { stdin: process.stdin }, signal);
  out(planText(steps));
  return 0;
}

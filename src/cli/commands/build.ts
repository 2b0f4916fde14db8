import { writeFile } from "node:fs/promises";
import { type BuildResult, build, previewBuild, TareError } from "../../api/index.ts";
import { requestOf } from "../build-request.ts";
import { callFrontend } from "../call.ts";
import { chooseProgress } from "../choose-progress.ts";
import type { Command } from "../command.ts";
import { explanation, type MissedStep, planText } from "../explain-text.ts";
import type { Parsed } from "../flags.ts";
import type { Terminal } from "../terminal.ts";
import { buildSpec } from "./build-spec.ts";

export const command: Command = {
  spec: buildSpec,
  async run(flags, terminal) {
    const call = flags.boolean("check") ? "check" : flags.string("call");
    if (call !== undefined && call !== "build") return callFrontend(call, flags, terminal);
    if (flags.boolean("plan")) return showPlan(flags, terminal);
    const result = await runBuild(flags, terminal);
    await writeResult(flags.string("iidfile"), result.imageId ?? "");
    await writeResult(flags.string("metadata-file"), `${JSON.stringify(metadata(result), null, 2)}\n`);
    if (flags.boolean("quiet") && result.imageId) terminal.out(`${result.imageId}\n`);
    return 0;
  },
};

async function runBuild(flags: Parsed, { env, err, isTerminal, signal }: Terminal): Promise<BuildResult> {
  const wanted = flags.boolean("quiet") ? "quiet" : (flags.string("progress") ?? env.BUILDKIT_PROGRESS);
  const missed = new Map<string, MissedStep>();
  const names = new Map<string, string>();
  const progress = chooseProgress({ wanted, isTerminal, screen: err, logLines: env.BUILDKIT_TTY_LOG_LINES });
  try {
    for await (const event of build(
      requestOf(flags, env),
      { stdin: process.stdin, stdout: process.stdout },
      signal,
    )) {
      if (event.type === "result") return event.result;
      if (event.type === "plan") for (const { id, name } of event.steps) names.set(id, name);
      if (event.type === "step-missed")
        missed.set(event.step, { name: names.get(event.step) ?? event.step, reason: event.reason });
      // What it stands on came out as before after all.
      if (event.type === "step-ended" && event.outcome === "cached") missed.delete(event.step);
      progress.show(event);
    }
  } finally {
    progress.end();
    if (flags.boolean("explain")) err.write(explanation([...missed.values()]));
  }
  throw new TareError("internal-bug", "the build ended without a result");
}

/** `--plan`: what would happen, on standard output. */
async function showPlan(flags: Parsed, { env, out, signal }: Terminal): Promise<number> {
  const steps = await previewBuild(requestOf(flags, env), { stdin: process.stdin }, signal);
  out(planText(steps));
  return 0;
}

async function writeResult(path: string | undefined, text: string): Promise<void> {
  if (path === undefined) return;
  try {
    await writeFile(path, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TareError("environment-disk", `can not write ${path}: ${reason}`, {
      hint: "the image is built; check the path, its folder and the space on its disk, and run the command again",
      cause,
    });
  }
}

function metadata({ imageId, manifest, names }: BuildResult): object {
  return {
    ...(imageId !== undefined && { "containerimage.config.digest": imageId }),
    ...(manifest !== undefined && { "containerimage.digest": manifest }),
    ...(names.length > 0 && { "image.name": names.join(",") }),
  };
}

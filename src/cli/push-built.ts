import { type BuildResult, pushImage, TareError } from "../api/index.ts";
import { chooseProgress } from "./choose-progress.ts";
import type { Parsed } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** `--push` needs somewhere to push to; known before anything is built. */
export function refusePushNowhere(flags: Parsed): void {
  if (flags.boolean("push") && flags.list("tag").length === 0)
    throw new TareError("user-bad-flag", "--push needs a name to push to", {
      hint: "add -t REGISTRY/NAME:TAG",
    });
}

/** Pushes what was built by all of its names: the result with the manifest that is in the registries now. */
export async function pushBuilt(
  result: BuildResult,
  flags: Parsed,
  terminal: Terminal,
): Promise<BuildResult> {
  const { env, err, isTerminal, signal } = terminal;
  const wanted = flags.boolean("quiet") ? "quiet" : (flags.string("progress") ?? env.BUILDKIT_PROGRESS);
  const root = flags.string("root");
  let manifest = result.manifest;
  for (const name of result.names) {
    const progress = chooseProgress({ wanted, isTerminal, screen: err, logLines: undefined });
    const request = { name, environment: env, ...(root !== undefined && { root }) };
    const images = await pushImage(request, progress.show, signal).finally(progress.end);
    manifest = images[0]?.digest ?? manifest;
  }
  return { ...result, ...(manifest !== undefined && { manifest }) };
}

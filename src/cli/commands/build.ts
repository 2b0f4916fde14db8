import { writeFile } from "node:fs/promises";
import { type BuildRequest, type BuildResult, build, TareError } from "../../api/index.ts";
import { chooseProgress } from "../choose-progress.ts";
import type { Command } from "../command.ts";
import type { Parsed } from "../flags.ts";
import { parseOutput } from "../output-flag.ts";
import { pairs, required } from "../pairs.ts";
import { stepRequest } from "../step-flags.ts";
import type { Terminal } from "../terminal.ts";
import { buildSpec } from "./build-spec.ts";

export const command: Command = {
  spec: buildSpec,
  async run(flags, terminal) {
    const result = await runBuild(flags, terminal);
    if (flags.string("iidfile") !== undefined)
      await writeFile(flags.string("iidfile") as string, result.imageId ?? "");
    if (flags.string("metadata-file") !== undefined)
      await writeFile(
        flags.string("metadata-file") as string,
        `${JSON.stringify(metadata(result), null, 2)}\n`,
      );
    if (flags.boolean("quiet") && result.imageId) terminal.out(`${result.imageId}\n`);
    return 0;
  },
};

async function runBuild(flags: Parsed, { env, err, isTerminal, signal }: Terminal): Promise<BuildResult> {
  const wanted = flags.boolean("quiet") ? "quiet" : (flags.string("progress") ?? env.BUILDKIT_PROGRESS);
  const progress = chooseProgress({ wanted, isTerminal, screen: err, logLines: env.BUILDKIT_TTY_LOG_LINES });
  try {
    for await (const event of build(
      requestOf(flags, env),
      { stdin: process.stdin, stdout: process.stdout },
      signal,
    )) {
      if (event.type === "result") return event.result;
      progress.show(event);
    }
  } finally {
    progress.end();
  }
  throw new TareError("internal-bug", "the build ended without a result");
}

function requestOf(flags: Parsed, environment: Terminal["env"]): BuildRequest {
  const [context, ...more] = flags.args;
  if (context === undefined || more.length > 0)
    throw new TareError(
      "user-bad-flag",
      `tare build requires exactly 1 argument, but got ${flags.args.length}`,
      {
        hint: "name the folder of the build: tare build -t NAME .",
      },
    );
  const optional = {
    dockerfile: flags.string("file"),
    target: flags.string("target"),
    platform: flags.string("platform"),
    root: flags.string("root"),
    debianMirror: flags.string("debian-mirror"),
  };
  return {
    context,
    environment,
    tags: flags.list("tag"),
    buildArgs: pairs(flags.list("build-arg"), () => undefined),
    buildContexts: pairs(flags.list("build-context"), required("build-context", "NAME=SPEC")),
    labels: pairs(flags.list("label"), () => ""),
    noCache: flags.boolean("no-cache"),
    ...stepRequest(flags, environment),
    pull: flags.boolean("pull"),
    outputs: flags.list("output").map(parseOutput),
    hostCa: oneOf("host-ca", flags.string("host-ca") ?? "auto", ["auto", "off"] as const),
    isolation: oneOf("isolation", flags.string("isolation") ?? "auto", ["auto", "oci", "chroot"] as const),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(value)} for --${flag}`, {
    hint: `it takes ${allowed.join(", ")}`,
  });
}

function metadata({ imageId, manifest, names }: BuildResult): object {
  return {
    ...(imageId !== undefined && { "containerimage.config.digest": imageId }),
    ...(manifest !== undefined && { "containerimage.digest": manifest }),
    ...(names.length > 0 && { "image.name": names.join(",") }),
  };
}

import { type AnalyseRequest, type BuildEvent, TareError } from "../api/index.ts";
import { chooseProgress } from "./choose-progress.ts";
import type { Flag, Parsed } from "./flags.ts";
import { pairs } from "./pairs.ts";
import type { Terminal } from "./terminal.ts";
import { parseSize } from "./units.ts";

/** Flags of every command that looks into images: how they are found, and what `build:TARGET` builds. */
export const analysisFlags: readonly Flag[] = [
  {
    name: "platform",
    type: "string",
    value: "OS/ARCH",
    description: "of images for several, and of what is built (default: this machine's)",
  },
  {
    name: "context",
    type: "string",
    value: "PATH",
    description: "folder that build:TARGET builds (default: .)",
  },
  {
    name: "file",
    short: "f",
    type: "string",
    value: "PATH",
    description: "Dockerfile of build:TARGET (default: CONTEXT/Dockerfile)",
  },
  {
    name: "build-arg",
    type: "list",
    value: "K=V",
    description: "build argument of build:TARGET",
  },
  {
    name: "progress",
    type: "string",
    value: "MODE",
    description: "auto, tty, plain, rawjson or quiet, on standard error",
  },
];

/** What the flags ask for, without the image. */
export function analysisRequest(
  flags: Parsed,
  { env }: Pick<Terminal, "env">,
): Omit<AnalyseRequest, "image"> {
  const [root, dockerfile] = [flags.string("root"), flags.string("file")];
  const platform = flags.string("platform") ?? env.DOCKER_DEFAULT_PLATFORM;
  return {
    environment: env,
    ...(root !== undefined && { root }),
    ...(platform !== undefined && { platform }),
    build: {
      context: flags.string("context") ?? ".",
      buildArgs: pairs(flags.list("build-arg"), () => undefined),
      ...(dockerfile !== undefined && { dockerfile }),
    },
  };
}

/** Runs something that may fetch and build, and shows what it does; nothing when it does neither. */
export async function withProgress<T>(
  flags: Parsed,
  { env, err, isTerminal }: Terminal,
  work: (emit: (event: BuildEvent) => void) => Promise<T>,
): Promise<T> {
  const wanted = flags.string("progress") ?? env.BUILDKIT_PROGRESS;
  const progress = chooseProgress({ wanted, isTerminal, screen: err, logLines: env.BUILDKIT_TTY_LOG_LINES });
  return work(progress.show).finally(progress.end);
}

/** A flag's number, not below 0: `user-bad-flag` for anything else. */
export function numberOf(flags: Parsed, name: string): number | undefined {
  const text = flags.string(name);
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --${name}`, {
    hint: `write a number: --${name} 10`,
  });
}

/** A flag's bytes: `user-bad-flag` for what is no size. */
export function sizeOf(flags: Parsed, name: string): number | undefined {
  const text = flags.string(name);
  const size = text === undefined ? undefined : parseSize(text);
  if (text === undefined || size !== undefined) return size;
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --${name}`, {
    hint: `write bytes or a size: --${name} 20MB`,
  });
}

import {
  type BuildEvent,
  type BuildResult,
  recordTimeline,
  TareError,
  type TimelineRecorder,
} from "../api/index.ts";
import { chooseProgress } from "./choose-progress.ts";
import { explanation, type ImportedStep, type MissedStep } from "./explain-text.ts";
import type { Flag, Parsed } from "./flags.ts";
import { jsonText } from "./json-text.ts";
import { parseOutput } from "./output-flag.ts";
import type { Terminal } from "./terminal.ts";
import { timelineLook, timelineText } from "./timeline-text.ts";
import { timelineTrace } from "./timeline-trace.ts";
import { writeResult } from "./write-result.ts";

/** `--timeline` without a file. */
const ON_SCREEN = "text";

/** Flags of every command that builds an image: how it is shown, and where its facts are written. */
export const showFlags = {
  iidfile: {
    name: "iidfile",
    type: "string",
    value: "FILE",
    description: "write the image's id to a file, of several platforms that for this machine",
  },
  metadata: {
    name: "metadata-file",
    type: "string",
    value: "FILE",
    description: "write digests and names to a file, as JSON",
  },
  progress: {
    name: "progress",
    type: "string",
    value: "MODE",
    description: "auto, tty, plain, rawjson or quiet",
  },
  quiet: {
    name: "quiet",
    short: "q",
    type: "boolean",
    description: "print the image's id and nothing else; nothing where the image itself is printed",
  },
  timeline: {
    name: "timeline",
    type: "string",
    value: "FILE",
    words: [ON_SCREEN],
    description: "after the build, show which steps ran when; =FILE writes a trace (JSON) instead",
  },
} as const satisfies Readonly<Record<string, Flag>>;

/** Shows a build to its end, and writes what its flags ask for. The result is the exit code. */
export async function showBuild(
  events: AsyncIterable<BuildEvent>,
  flags: Parsed,
  terminal: Terminal,
): Promise<number> {
  const recorder = recordTimeline();
  const result = await watch(events, { flags, recorder }, terminal);
  const done = "the image is built";
  await writeResult(flags.string("iidfile"), result.imageId ?? "", { done });
  await writeResult(flags.string("metadata-file"), jsonText(metadata(result)), {
    done,
  });
  const trace = flags.string("timeline");
  if (trace !== undefined && trace !== ON_SCREEN)
    await writeResult(trace, timelineTrace(recorder.timeline()), { done });
  if (flags.boolean("quiet") && result.imageId && !writesStdout(flags)) terminal.out(`${result.imageId}\n`);
  return 0;
}

/** Whether the image itself goes to standard output, where nothing else may follow. */
function writesStdout(flags: Parsed): boolean {
  return flags.list("output").some((text) => parseOutput(text).dest === "-");
}

async function watch(
  events: AsyncIterable<BuildEvent>,
  { flags, recorder }: { readonly flags: Parsed; readonly recorder: TimelineRecorder },
  { env, err, isTerminal }: Terminal,
): Promise<BuildResult> {
  const wanted = flags.boolean("quiet") ? "quiet" : (flags.string("progress") ?? env.BUILDKIT_PROGRESS);
  const missed = new Map<string, MissedStep>();
  const imported = new Map<string, ImportedStep>();
  const names = new Map<string, string>();
  const progress = chooseProgress({ wanted, isTerminal, screen: err, logLines: env.BUILDKIT_TTY_LOG_LINES });
  try {
    for await (const event of events) {
      if (event.type === "result") return event.result;
      if (event.type === "plan") for (const { id, name } of event.steps) names.set(id, name);
      if (event.type === "step-missed")
        missed.set(event.step, { name: names.get(event.step) ?? event.step, reason: event.reason });
      if (event.type === "step-imported")
        imported.set(event.step, { name: names.get(event.step) ?? event.step, source: event.source });
      // What it stands on came out as before after all.
      if (event.type === "step-ended" && event.outcome === "cached") missed.delete(event.step);
      recorder.note(event);
      progress.show(event);
    }
  } finally {
    progress.end();
    if (flags.boolean("explain")) err.write(explanation([...missed.values()], [...imported.values()]));
    if (flags.string("timeline") === ON_SCREEN)
      err.write(timelineText(recorder.timeline(), timelineLook(err, env)));
  }
  throw new TareError("internal-bug", "the build ended without a result");
}

/** As buildx writes it: an index has no config of its own. */
function metadata({ imageId, manifest, names, platforms }: BuildResult): object {
  return {
    ...(imageId !== undefined && !platforms && { "containerimage.config.digest": imageId }),
    ...(manifest !== undefined && { "containerimage.digest": manifest }),
    ...(names.length > 0 && { "image.name": names.join(",") }),
  };
}

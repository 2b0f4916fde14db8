import { type SourceLocation, TareError } from "../../base/index.ts";
import { type Dockerfile, parseDockerfile } from "../../dockerfile/index.ts";
import { locationOf } from "../../frontend/index.ts";
import type { OpenedContext } from "./context.ts";
import { argumentValues, stageSource } from "./epoch-stage.ts";

const NAME = "SOURCE_DATE_EPOCH";

/** What may tell a time: seconds since 1970, or undefined for what has none of its own. */
export interface EpochSources extends Pick<OpenedContext, "dockerfile" | "time"> {
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Of a named context; undefined when there is none of that name. */
  readonly namedTime: (name: string) => (() => Promise<number | undefined>) | undefined;
  /** Of a repository, or of a file on a server. */
  readonly timeOf: (address: string) => Promise<number | undefined>;
}

/** The time that clamps every time of an image; what was named may have none. */
export interface Epoch {
  readonly seconds?: number;
  readonly isTimeless?: true;
}

/**
 * The time that clamps every time of an image, in seconds since 1970: what was given, else what the Dockerfile's ARG
 * before its first FROM says. It may name what has it: `context`, a named context, or a stage that is one remote ADD on
 * `scratch`: the time of a commit, of an answer over HTTP, or of the newest file of an archive. `user-bad-flag`, or
 * `user-dockerfile-semantics` with the place, for anything else.
 */
export async function settleEpoch(given: string | number | undefined, sources: EpochSources): Promise<Epoch> {
  const said = given === undefined ? epochInDockerfile(sources) : { text: String(given) };
  if (said === undefined || said.text === "") return {};
  if (/^\d+$/.test(said.text)) return { seconds: Number(said.text) };
  const time =
    said.text === "context" ? sources.time : (sources.namedTime(said.text) ?? stageTime(said, sources));
  const seconds = await time();
  return seconds === undefined ? { isTimeless: true } : { seconds };
}

interface SaidEpoch {
  readonly text: string;
  readonly location?: SourceLocation;
}

/** Most Dockerfiles do not have the word, and are not parsed for it. */
function epochInDockerfile({ dockerfile, buildArgs }: EpochSources): SaidEpoch | undefined {
  if (!dockerfile.source.includes(NAME)) return undefined;
  const parsed = parsedFile(dockerfile);
  const pairs = parsed.globalArgs.flatMap((instruction) => instruction.pairs);
  const value = pairs.findLast(({ key }) => key.text === NAME)?.value;
  if (!value) return undefined;
  const text = argumentValues(parsed, buildArgs).get(NAME) ?? "";
  return { text, location: locationOf(parsed, value.range) };
}

function stageTime(
  { text, location }: SaidEpoch,
  { dockerfile, buildArgs, timeOf }: EpochSources,
): EpochSources["time"] {
  const parsed = parsedFile(dockerfile);
  const stage = parsed.stages.find(({ from }) => from.alias?.text.toLowerCase() === text.toLowerCase());
  if (stage) {
    const address = stageSource(parsed, stage, buildArgs);
    return () => timeOf(address);
  }
  throw new TareError(
    location ? "user-dockerfile-semantics" : "user-bad-flag",
    `${NAME} is neither a number of seconds nor a context or stage: ${JSON.stringify(text)}`,
    {
      hint: "set it to a Unix time, for example $(git log -1 --format=%ct)",
      ...(location && { location }),
    },
  );
}

function parsedFile({ source, file }: OpenedContext["dockerfile"]): Dockerfile {
  return parseDockerfile(source, { file }).dockerfile;
}

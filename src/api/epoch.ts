import { type SourceLocation, TareError } from "../base/index.ts";
import { parseDockerfile } from "../dockerfile/index.ts";
import { locationOf } from "../frontend/index.ts";
import type { OpenedContext } from "./context.ts";

const NAME = "SOURCE_DATE_EPOCH";

/**
 * The time that clamps every time of an image, in seconds since 1970: what was given, else what the Dockerfile's ARG
 * before its first FROM says. `context` is the time of the main build context: of a commit, of an answer over HTTP, or of
 * the newest file of an archive; a folder has none, and is said to be timeless. `user-bad-flag`, or
 * `user-dockerfile-semantics` with the place, for anything else.
 */
export async function settleEpoch(
  given: string | number | undefined,
  { dockerfile, time }: Pick<OpenedContext, "dockerfile" | "time">,
): Promise<{ readonly seconds?: number; readonly isTimeless?: true }> {
  const said = given === undefined ? epochInDockerfile(dockerfile) : { text: String(given) };
  if (said === undefined || said.text === "") return {};
  if (said.text === "context") {
    const seconds = await time();
    return seconds === undefined ? { isTimeless: true } : { seconds };
  }
  if (/^\d+$/.test(said.text)) return { seconds: Number(said.text) };
  throw new TareError(
    said.location ? "user-dockerfile-semantics" : "user-bad-flag",
    `${NAME} is neither a number of seconds nor context: ${JSON.stringify(said.text)}`,
    {
      hint: "set it to a Unix time, for example $(git log -1 --format=%ct)",
      ...(said.location && { location: said.location }),
    },
  );
}

interface SaidEpoch {
  readonly text: string;
  readonly location?: SourceLocation;
}

/** Most Dockerfiles do not have the word, and are not parsed for it. */
function epochInDockerfile({ source, file }: OpenedContext["dockerfile"]): SaidEpoch | undefined {
  if (!source.includes(NAME)) return undefined;
  const { dockerfile } = parseDockerfile(source, { file });
  const pairs = dockerfile.globalArgs.flatMap((instruction) => instruction.pairs);
  const value = pairs.findLast(({ key }) => key.text === NAME)?.value;
  return value && { text: value.text, location: locationOf(dockerfile, value.range) };
}

import { Readable } from "node:stream";
import { TareError } from "../../base/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { SBOM_FORMATS } from "../analysis/sbom-formats.ts";
import { type BuildStreams, build } from "../build/build.ts";
import type { BuildRequest } from "../build/types.ts";
import { architectureOf } from "./recipe-targets.ts";
import { recipeNamed, withWholeRecipePath } from "./recipes.ts";

/** What composing a base alone is asked for: what of a build's request makes sense there. */
export interface BuildBaseRequest
  extends Pick<
    BuildRequest,
    | "tags"
    | "labels"
    | "platform"
    | "pull"
    | "outputs"
    | "sbom"
    | "baseLayers"
    | "debianMirror"
    | "root"
    | "sourceDateEpoch"
    | "environment"
  > {
  /** `python:12-debug`, `./ours.yaml`. */
  readonly reference: string;
  /** Compose even what was composed before. */
  readonly noCache?: boolean;
}

/**
 * Composes the image of a recipe: what a Dockerfile comes to that says FROM it and nothing else, so its config is the
 * recipe's own. Events and errors as in `build`, but that no error names a place in a Dockerfile. What is in it is attached
 * to it in both formats, unless the request says otherwise.
 */
export async function* buildBase(
  { reference, noCache = false, ...request }: BuildBaseRequest,
  streams: Pick<BuildStreams, "stdout"> = {},
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<BuildEvent, void> {
  for (const platform of request.platform?.split(",") ?? []) architectureOf(platform);
  recipeNamed(reference);
  const spec = withWholeRecipePath(`recipe://${reference.replace(/^recipe:\/\//, "")}`);
  const hasPlace = request.outputs?.some(({ type }) => type === "oci" || type === "registry") ?? false;
  const sbom = hasPlace ? SBOM_FORMATS : [];
  try {
    yield* build(
      { sbom, ...request, context: "-", buildContexts: { [NAME]: spec }, composeAnew: noCache },
      { ...streams, stdin: Readable.from([Buffer.from(`FROM ${NAME}\n`)]) },
      signal,
    );
  } catch (error) {
    throw withoutDockerfile(error);
  }
}

/** Never seen: steps are called by what it stands for. */
const NAME = "base";

/** Nobody wrote the Dockerfile. */
function withoutDockerfile(error: unknown): unknown {
  if (!(error instanceof TareError) || error.facts.location?.file !== "Dockerfile") return error;
  const { location: _location, ...facts } = error.facts;
  return new TareError(error.code, error.message, facts);
}

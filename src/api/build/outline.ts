import type { Readable } from "node:stream";
import type { Described } from "../../check/index.ts";
import { parseDockerfile } from "../../dockerfile/index.ts";
import { targetStage } from "../../frontend/index.ts";
import { checkRequest } from "./check-request.ts";
import { prepareJob } from "./job.ts";
import { scratchFolder } from "./scratch-folder.ts";
import type { BuildRequest } from "./types.ts";

export type { BuildArgument, BuildNeed, BuildOutline, BuildTarget, Described } from "../../check/index.ts";

/** A described Dockerfile, and its text. */
export interface DescribedSource extends Described {
  readonly source: string;
}

/**
 * Reads a Dockerfile and tells its targets, and what one of them takes; bases are not looked at. `user-dockerfile-*` when it
 * does not parse, `resolve-stage` when there is no such target.
 */
export async function describeBuild(request: BuildRequest, stdin?: Readable): Promise<DescribedSource> {
  await using scratch = scratchFolder();
  const job = await prepareJob(
    { ...request, secrets: {}, ssh: {} },
    {
      scratch: scratch.path,
      signal: new AbortController().signal,
      ...(stdin && { stdin }),
    },
  );
  const { source, file } = job.dockerfile;
  const { dockerfile } = parseDockerfile(source, { file });
  targetStage({ dockerfile, ...(job.target !== undefined && { target: job.target }) });
  const { describeDockerfile } = await import("../../check/index.ts");
  return { ...describeDockerfile({ ...checkRequest(job), dockerfile }), source };
}

import { isSecretName } from "../dockerfile/index.ts";
import { builderArgumentNotices } from "./builder-arguments.ts";
import type { BuildJob } from "./job.ts";

interface JobNotice {
  readonly code: string;
  readonly message: string;
}

/** What whoever asked for this build should know before it begins. */
export function jobNotices(job: BuildJob): readonly JobNotice[] {
  const unused = builderArgumentNotices(job).map((message) => ({ code: "unused-build-arg", message }));
  return [...(job.isTimeless ? [TIMELESS] : []), ...unused, ...secretArguments(job.buildArgs)];
}

const TIMELESS: JobNotice = {
  code: "no-source-date",
  message:
    "SOURCE_DATE_EPOCH has no effect: a folder or an image has no time of its own; set it to $(git log -1 --format=%ct)",
};

/** Build arguments end up in the image's history and in cache keys, where everybody can read them. */
function secretArguments(buildArgs: BuildJob["buildArgs"]): readonly JobNotice[] {
  return Object.keys(buildArgs)
    .filter(isSecretName)
    .map((name) => ({
      code: "secret-build-arg",
      message: `the build argument ${name} looks like a secret, and everybody who has the image can read it; use --secret id=${name},env=${name} and RUN --mount=type=secret,id=${name}`,
    }));
}

import { isSecretName } from "../../dockerfile/index.ts";
import { builderArgumentNotices } from "./builder-arguments.ts";
import type { BuildJob } from "./job.ts";

interface JobNotice {
  readonly code: string;
  readonly message: string;
}

/** What whoever asked for this build should know before it begins. */
export function jobNotices(job: BuildJob): readonly JobNotice[] {
  const { buildArgs, isTimeless } = job;
  return [
    ...(isTimeless ? [TIMELESS] : []),
    ...(lacksAnnotations(job) ? [NOT_ANNOTATED] : []),
    ...builderArgumentNotices(job).map((message) => ({ code: "unused-build-arg", message })),
    ...secretArguments(buildArgs),
  ];
}

/** Annotations are written with a manifest, which an image of the store gets when it is pushed or saved by its name. */
function lacksAnnotations({ annotations, nameAnnotations, names, outputs }: BuildJob): boolean {
  const isWritten = outputs.some(({ type }) => type === "oci" || type === "docker");
  return annotations.length + nameAnnotations.length > 0 && names.length === 0 && !isWritten;
}

const NOT_ANNOTATED: JobNotice = {
  code: "not-annotated",
  message: "the store keeps annotations with an image's name: give it one with -t",
};

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

import { isSecretName } from "../dockerfile/index.ts";
import type { BuildJob } from "./job.ts";

/** Build arguments end up in the image's history and in cache keys, where everybody can read them. */
export function secretArguments({
  buildArgs,
}: BuildJob): readonly { readonly code: string; readonly message: string }[] {
  return Object.keys(buildArgs)
    .filter(isSecretName)
    .map((name) => ({
      code: "secret-build-arg",
      message: `the build argument ${name} looks like a secret, and everybody who has the image can read it; use --secret id=${name},env=${name} and RUN --mount=type=secret,id=${name}`,
    }));
}

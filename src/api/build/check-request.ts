import { arch } from "node:os";
import { defined } from "../../base/index.ts";
import type { CheckRequest } from "../../check/index.ts";
import { platformOf } from "../../oci/index.ts";
import type { BuildJob } from "./job.ts";

/** What a job says that a check has to know: the Dockerfile as this machine would build it. */
export function checkRequest({
  dockerfile,
  buildArgs,
  namedContexts,
  target,
  settings,
  contexts,
}: Pick<
  BuildJob,
  "dockerfile" | "buildArgs" | "namedContexts" | "target" | "settings" | "contexts"
>): CheckRequest {
  return {
    ...dockerfile,
    buildArgs,
    namedContexts,
    platform: platformOf(arch()),
    ...defined({ target, settings, ignore: contexts.find(({ name }) => name === "context")?.ignore }),
  };
}

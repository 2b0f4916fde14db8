import { TareError } from "../../base/index.ts";
import { checkRequest } from "./check-request.ts";
import type { BuildJob } from "./job.ts";

/**
 * A Dockerfile with `# check=error=true` (or the build argument BUILDKIT_DOCKERFILE_CHECK) is not built while one of
 * BuildKit's checks finds something: `user-dockerfile-semantics`, at the first finding. `user-dockerfile-syntax` for
 * settings of checks that make no sense.
 */
export async function refuseViolations(job: BuildJob): Promise<void> {
  const { dockerfile, buildArgs } = job;
  if (!buildArgs.BUILDKIT_DOCKERFILE_CHECK && !/^\s*#\s*check\s*=/im.test(dockerfile.source)) return;
  const { checkDockerfile } = await import("../../check/index.ts");
  const report = checkDockerfile(checkRequest(job));
  const found = report.warnings.filter(({ rule }) => rule.group === "buildkit");
  const [first] = found;
  if (!report.error || !first) return;
  const rules = [...new Set(found.map(({ rule }) => rule.id))].join(", ");
  throw new TareError(
    "user-dockerfile-semantics",
    `lint violation found for rules: ${rules}: ${first.message}`,
    {
      hint: "see all of them with tare check; the Dockerfile says error=true in its check directive",
      location: { ...dockerfile, range: first.range },
    },
  );
}

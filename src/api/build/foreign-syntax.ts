import { TareError } from "../../base/index.ts";
import { syntaxOf } from "../../dockerfile/index.ts";
import { locationOf } from "../../frontend/index.ts";
import type { BuildJob } from "./job.ts";

/**
 * `# syntax=` and the build argument BUILDKIT_SYNTAX, which wins, name a program that reads the file. This one reads what
 * docker/dockerfile does, in any version; any other is `user-unsupported`.
 */
export function refuseForeignSyntax({
  dockerfile,
  buildArgs,
}: Pick<BuildJob, "dockerfile" | "buildArgs">): void {
  const [given = ""] = (buildArgs.BUILDKIT_SYNTAX ?? "").trim().split(/\s/);
  if (given !== "") {
    if (OWN_SYNTAX.test(given)) return;
    throw new TareError("user-unsupported", `the syntax ${given} is a frontend of its own`, {
      hint: "only docker/dockerfile is read here; leave out the build argument BUILDKIT_SYNTAX",
    });
  }
  const directive = syntaxOf(dockerfile.source);
  if (!directive || OWN_SYNTAX.test(directive.value)) return;
  throw new TareError("user-unsupported", `the syntax ${directive.value} is a frontend of its own`, {
    hint: "only docker/dockerfile is read here; remove the line if the file is a plain Dockerfile",
    location: locationOf(dockerfile, directive.range),
  });
}

const OWN_SYNTAX = /^(docker\.io\/)?docker(file)?\/dockerfile(-upstream)?(:|@|$)/;

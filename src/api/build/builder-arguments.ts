import { isTrue } from "./given-values.ts";
import type { BuildJob } from "./job.ts";

/** Build arguments for the builder that mean something here. */
const HONOURED: ReadonlySet<string> = new Set([
  "BUILDKIT_CACHE_MOUNT_NS",
  "BUILDKIT_CONTEXT_KEEP_GIT_DIR",
  "BUILDKIT_DOCKERFILE_CHECK",
  "BUILDKIT_INLINE_CACHE",
  "BUILDKIT_MULTI_PLATFORM",
  "BUILDKIT_SANDBOX_HOSTNAME",
  "BUILDKIT_SYNTAX",
]);

const NO_SCAN = "an SBOM is of the image alone, and other stages are in the provenance";

/** Those that do not, and why. */
const MEANINGLESS: ReadonlyMap<string, string> = new Map([
  ["BUILDKIT_BUILD_NAME", "there is no list of builds that it would be shown in"],
  ["BUILDKIT_SBOM_SCAN_CONTEXT", NO_SCAN],
  ["BUILDKIT_SBOM_SCAN_STAGE", NO_SCAN],
]);

/** What is to be said of the arguments for the builder: none of them is ignored in silence. */
export function builderArgumentNotices({
  buildArgs,
  dockerfile,
  sbom,
}: Pick<BuildJob, "buildArgs" | "dockerfile" | "sbom">): readonly string[] {
  const given = Object.keys(buildArgs).filter(
    (name) => name.startsWith("BUILDKIT_") && !HONOURED.has(name) && !isOff(name, buildArgs[name]),
  );
  const scans =
    sbom.length > 0 ? [...MEANINGLESS.keys()].filter((name) => isScanArg(dockerfile.source, name)) : [];
  return [...new Set([...given, ...scans])].flatMap((name) => {
    const reason = MEANINGLESS.get(name);
    if (reason !== undefined) return `the build argument ${name} has no effect: ${reason}`;
    if (dockerfile.source.includes(name)) return [];
    return `the build argument ${name} has no effect: it is not known here, and the Dockerfile does not use it`;
  });
}

function isOff(name: string, value: string | undefined): boolean {
  return name !== "BUILDKIT_BUILD_NAME" && MEANINGLESS.has(name) && !isTrue(value);
}

/** `ARG BUILDKIT_SBOM_SCAN_STAGE=true`. */
function isScanArg(source: string, name: string): boolean {
  return name.startsWith("BUILDKIT_SBOM_SCAN_") && new RegExp(`^\\s*ARG\\s.*\\b${name}=`, "im").test(source);
}

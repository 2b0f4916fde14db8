import { TareError } from "../../base/index.ts";
import { type Annotation, formatPlatform, samePlatform } from "../../oci/index.ts";
import type { BuildPlatforms } from "./build-platforms.ts";
import type { BuildRequest } from "./types.ts";

/**
 * The annotations that the names of an image have in the store, and so wherever they are pushed to: those for all outputs,
 * and those of outputs that are the store or a registry. `user-bad-flag` for some that nothing of the result could have.
 */
export function nameAnnotations(
  { annotations = [], outputs = [] }: Pick<BuildRequest, "annotations" | "outputs">,
  { platforms, isIndex }: BuildPlatforms,
): readonly Annotation[] {
  const all = [...annotations, ...outputs.flatMap((output) => output.annotations ?? [])];
  for (const { on, platform } of all) {
    if (on.startsWith("index") && !isIndex)
      throw new TareError("user-bad-flag", "index annotations not supported for single platform export", {
        hint: "leave out index:, build for several platforms, or --build-arg BUILDKIT_MULTI_PLATFORM=1",
      });
    if (platform && !platforms.some((one) => samePlatform(one, platform)))
      throw new TareError(
        "user-bad-flag",
        `invalid annotation: no platform ${formatPlatform(platform)} found in source`,
        { hint: `the build is for ${platforms.map(formatPlatform).join(", ")}` },
      );
  }
  const stored = outputs.filter(({ type }) => type === "image" || type === "registry");
  return [...annotations, ...stored.flatMap((output) => output.annotations ?? [])];
}

import { TareError } from "../../base/index.ts";
import { formatPlatform, type Platform, parsePlatform } from "../../oci/index.ts";
import type { BuildJob } from "./job.ts";

/** What a build makes images for. */
export interface BuildPlatforms {
  /** Each once, in the order of their names; at least one. */
  readonly platforms: readonly Platform[];
  /** Whether the result is an index: of several, and of one alone where BUILDKIT_MULTI_PLATFORM asks for it. */
  readonly isIndex: boolean;
}

/** The platforms that a build asks for, default this machine's; `user-bad-reference`, `user-bad-flag`. */
export function buildPlatforms(
  { platform, buildArgs }: Pick<BuildJob, "platform" | "buildArgs">,
  host: Platform,
): BuildPlatforms {
  const asked = (platform ?? "").split(",").filter((text) => text.trim() !== "");
  const parsed = asked.map((text) => parsePlatform(text.trim(), host));
  const distinct = new Map((parsed.length > 0 ? parsed : [host]).map((one) => [formatPlatform(one), one]));
  const platforms = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  return { platforms, isIndex: platforms.length > 1 || isMultiPlatform(buildArgs.BUILDKIT_MULTI_PLATFORM) };
}

function isMultiPlatform(value: string | undefined): boolean {
  if (value === undefined || /^(0|f|false)$/i.test(value)) return false;
  if (/^(1|t|true)$/i.test(value)) return true;
  throw new TareError(
    "user-bad-flag",
    `invalid boolean value for BUILDKIT_MULTI_PLATFORM: ${JSON.stringify(value)}`,
    { hint: "write --build-arg BUILDKIT_MULTI_PLATFORM=1" },
  );
}

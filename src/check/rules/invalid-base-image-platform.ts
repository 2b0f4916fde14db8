import { TareError } from "../../base/index.ts";
import { formatPlatform, type Platform, parsePlatform } from "../../oci/index.ts";
import { type CheckContext, lintedStages } from "../context.ts";
import { ruleUrl } from "../rule-url.ts";
import type { CheckedStage } from "../stages.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const invalidBaseImagePlatform: Rule = {
  id: "InvalidBaseImagePlatform",
  group: "buildkit",
  severity: "warning",
  summary: "Base image platform does not match expected target platform",
  url: ruleUrl("InvalidBaseImagePlatform"),
  *check(context) {
    for (const stage of lintedStages(context)) {
      const { base, parent } = stage;
      if (parent || base.type !== "image" || !base.known) continue;
      const expected = expectedPlatform(context, stage);
      const actual = base.known.platform;
      if (!expected || (expected.os === actual.os && expected.architecture === actual.architecture)) continue;
      const [was, wanted] = [actual, expected].map((platform) => JSON.stringify(shortPlatform(platform)));
      yield {
        range: stage.stage.from.range,
        message: `Base image ${base.name} was pulled with platform ${was}, expected ${wanted} for current build`,
      };
    }
  },
};

/** Without the variant that its architecture means by itself. */
function shortPlatform(platform: Platform): string {
  return formatPlatform(parsePlatform(formatPlatform(platform), platform));
}

function expectedPlatform(
  { request, globals, dockerfile }: CheckContext,
  { stage }: CheckedStage,
): Platform | undefined {
  if (!stage.from.platform) return request.platform;
  const text = expanded(stage.from.platform, globals, dockerfile.escape)?.text ?? "";
  try {
    return parsePlatform(text, request.platform);
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

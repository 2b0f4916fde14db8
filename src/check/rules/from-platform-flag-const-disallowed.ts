import { TareError } from "../../base/index.ts";
import { type Platform, parsePlatform } from "../../oci/index.ts";
import { ruleUrl } from "../rule-url.ts";
import type { Rule } from "../types.ts";
import { expanded } from "../variables.ts";

export const fromPlatformFlagConstDisallowed: Rule = {
  id: "FromPlatformFlagConstDisallowed",
  group: "buildkit",
  severity: "warning",
  summary: "FROM --platform flag should not use a constant value",
  url: ruleUrl("FromPlatformFlagConstDisallowed"),
  *check({ dockerfile, globals, stages, request }) {
    for (const { stage, name = "" } of stages) {
      const { platform, range } = stage.from;
      const result = platform && expanded(platform, globals, dockerfile.escape);
      if (!result || result.text === "" || result.used.length + result.unmatched.length > 0) continue;
      const parsed = platformNamed(result.text, request.platform);
      if (!parsed || name.includes(parsed.os) || name.includes(parsed.architecture)) continue;
      yield {
        range,
        message: `FROM --platform flag should not use constant value ${JSON.stringify(result.text)}`,
        hint: "leave it out and say --platform when you build, or name the stage after the platform",
      };
    }
  },
};

function platformNamed(text: string, host: Platform): Platform | undefined {
  try {
    return parsePlatform(text, host);
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
}

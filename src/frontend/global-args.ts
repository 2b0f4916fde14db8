import { TareError } from "../base/index.ts";
import { expandWord, type Stage } from "../dockerfile/index.ts";
import { formatPlatform, type Platform } from "../oci/index.ts";
import { locationOf } from "./place.ts";
import type { FrontendRequest } from "./types.ts";

/**
 * What FROM lines can use and a stage can take over by `ARG NAME`: the platform arguments, and the ARGs
 * before the first FROM, each overridden by a build argument of its name.
 */
export function globalArgs(request: FrontendRequest, target: Stage): ReadonlyMap<string, string> {
  const args = new Map(Object.entries(platformArgs(request, target)));
  for (const instruction of request.dockerfile.globalArgs) {
    for (const { key, value } of instruction.pairs) {
      const given = request.buildArgs[key.text];
      if (given !== undefined) args.set(key.text, given);
      else if (value && !isTimeOfContext(key.text, value.text))
        args.set(key.text, expandGlobal(request, args, value));
    }
  }
  return args;
}

/** A request for the context's time, which is a build argument by now, or which the context does not tell. */
function isTimeOfContext(name: string, value: string): boolean {
  return name === "SOURCE_DATE_EPOCH" && value === "context";
}

function platformArgs(request: FrontendRequest, target: Stage): Record<string, string> {
  const args = {
    ...describePlatform("BUILD", request.buildPlatform),
    ...describePlatform("TARGET", request.targetPlatform),
    TARGETSTAGE: request.target || target.from.alias?.text.toLowerCase() || "default",
  };
  const overridden = Object.entries(args).map(
    ([key, value]) => [key, request.buildArgs[key] ?? value] as const,
  );
  return Object.fromEntries(overridden);
}

function describePlatform(prefix: string, platform: Platform): Record<string, string> {
  return {
    [`${prefix}PLATFORM`]: formatPlatform(platform),
    [`${prefix}OS`]: platform.os,
    [`${prefix}OSVERSION`]: "",
    [`${prefix}ARCH`]: platform.architecture,
    [`${prefix}VARIANT`]: platform.variant ?? "",
  };
}

function expandGlobal(
  request: FrontendRequest,
  args: ReadonlyMap<string, string>,
  word: { readonly text: string; readonly range: Parameters<typeof locationOf>[1] },
): string {
  try {
    return expandWord(word.text, (name) => args.get(name), { escape: request.dockerfile.escape }).text;
  } catch (error) {
    if (!(error instanceof TareError)) throw error;
    throw new TareError(error.code, error.message, {
      ...error.facts,
      location: error.facts.location ?? locationOf(request.dockerfile, word.range),
    });
  }
}

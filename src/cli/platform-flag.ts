import type { Flag, Parsed } from "./flags.ts";

/** Which image of several that a name leads to. */
export const platformFlag: Flag = {
  name: "platform",
  type: "string",
  value: "OS/ARCH",
  description: "of an image for several (default: this machine's)",
};

export interface PlatformChoice {
  readonly platform?: string;
}

/** What the flag says, when it was given. */
export function platformChoice(flags: Pick<Parsed, "string">): PlatformChoice {
  const platform = flags.string("platform");
  return platform === undefined ? {} : { platform };
}

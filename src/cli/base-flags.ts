import { type BaseAccess, type BaseTarget, TareError } from "../api/index.ts";
import type { Flag, Parsed } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

export const mirrorFlag: Flag = {
  name: "debian-mirror",
  type: "string",
  value: "URL",
  description: "where Debian packages come from (default: this host's apt sources)",
};

/** One platform of a recipe. */
export const platformFlag: Flag = {
  name: "platform",
  type: "string",
  value: "OS/ARCH",
  description: "linux/amd64 or linux/arm64 (default: this machine's)",
};

/** What `base` commands need to get at packages. */
export function accessOf(flags: Parsed, environment: Terminal["env"]): BaseAccess {
  return {
    environment,
    ...given("root", flags.string("root")),
    ...given("debianMirror", flags.string("debian-mirror")),
  };
}

/** A property that is there when its value is. */
export function given<K extends string, T>(name: K, value: T | undefined): { readonly [P in K]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]: T });
}

/** The arguments, exactly so many; else `user-bad-flag` with how to write it. */
export function exactly(
  count: number,
  { args }: Pick<Parsed, "args">,
  usage: string,
): readonly [string, ...string[]] {
  if (args.length === count) return args as unknown as readonly [string, ...string[]];
  throw wrongArguments(usage, { wanted: `exactly ${count}`, count: args.length });
}

/** At least one argument. */
export function atLeastOne({ args }: Pick<Parsed, "args">, usage: string): readonly string[] {
  if (args.length > 0) return args;
  throw wrongArguments(usage, { wanted: "at least 1", count: 0 });
}

/** Says which target is being looked at: reading lists takes seconds. */
export function tellTargets({ err }: Pick<Terminal, "err">): (target: BaseTarget) => void {
  return ({ recipe, platform }) => err.write(`resolving ${recipe} for ${platform}\n`);
}

function wrongArguments(
  usage: string,
  { wanted, count }: { readonly wanted: string; readonly count: number },
): TareError {
  const [command] = /^tare base \w+/.exec(usage) ?? ["tare base"];
  const noun = wanted.endsWith(" 1") ? "argument" : "arguments";
  return new TareError("user-bad-flag", `${command} requires ${wanted} ${noun}, but got ${count}`, {
    hint: `write ${usage}`,
  });
}

import { TareError } from "../api/index.ts";
import type { Parsed } from "./flags.ts";

/** Refuses arguments that a command would not look at: `user-bad-flag`. */
export function takeAtMost(count: 0 | 1, name: string, { args }: Pick<Parsed, "args">): void {
  if (args.length <= count) return;
  const wanted = count === 0 ? "no arguments" : "at most 1 argument";
  throw new TareError("user-bad-flag", `tare ${name} takes ${wanted}, but got ${args.length}`, {
    hint: `see tare ${name} --help`,
  });
}

/** The one argument of a command that needs one; `user-bad-flag` for none or more. */
export function takeOne(name: string, { args }: Pick<Parsed, "args">): string {
  const [only, ...more] = args;
  if (only !== undefined && more.length === 0) return only;
  throw new TareError("user-bad-flag", `tare ${name} requires exactly 1 argument, but got ${args.length}`, {
    hint: `see tare ${name} --help`,
  });
}

/** An image and at least one thing more, such as paths in it; `user-bad-flag` for less. */
export function takeImageAnd(
  what: string,
  name: string,
  { args }: Pick<Parsed, "args">,
): readonly [image: string, more: readonly string[]] {
  const [image, ...more] = args;
  if (image !== undefined && more.length > 0) return [image, more];
  throw new TareError(
    "user-bad-flag",
    `tare ${name} requires an image and at least 1 ${what}, but got ${args.length} arguments`,
    { hint: `see tare ${name} --help` },
  );
}

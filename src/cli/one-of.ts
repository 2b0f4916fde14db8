import { TareError } from "../api/index.ts";

/** The value of a flag, which takes only some: `user-bad-flag` for others. */
export function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(value)} for --${flag}`, {
    hint: `it takes ${allowed.join(", ")}`,
  });
}

import { CAPABILITIES, suggest, TareError } from "../api/index.ts";

/** A capability by name, with or without CAP_, or ALL; `user-bad-flag` for what is none. */
export function parseCapability(flag: string, word: string): string {
  const upper = word.toUpperCase();
  if (upper === "ALL") return upper;
  const name = upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (CAPABILITIES.includes(name)) return name;
  const near = suggest(name, CAPABILITIES);
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(word)} for --${flag}`, {
    hint: near === undefined ? "see capabilities(7) for the names" : `did you mean ${near}?`,
  });
}

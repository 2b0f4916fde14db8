import { TareError } from "../base/index.ts";
import type { Rule } from "./types.ts";

/** What `check=` says: which rules run, and whether warnings are errors. */
export interface CheckSettings {
  readonly skip: readonly string[];
  readonly experimental: readonly string[];
  readonly error: boolean;
}

const NOTHING: CheckSettings = { skip: [], experimental: [], error: false };

/** Reads `skip=A,B|all;error=true;experimental=X|all`; `user-dockerfile-syntax` for anything else. */
export function parseCheckSettings(text: string): CheckSettings {
  if (text.trim() === "") return NOTHING;
  let settings = NOTHING;
  for (const part of text.trim().split(";")) {
    const at = part.indexOf("=");
    const key = part.slice(0, Math.max(0, at)).trim();
    const value = part.slice(at + 1).trim();
    if (at < 0) throw bad(`invalid check option ${JSON.stringify(part)}`);
    if (key === "skip" || key === "experimental") settings = { ...settings, [key]: names(value) };
    else if (key === "error") settings = { ...settings, error: booleanOf(value, part) };
    else throw bad(`invalid check option ${JSON.stringify(key)}`);
  }
  return settings;
}

/** Both together, as a comment above an instruction adds to what holds for the file. */
export function mergedSettings(a: CheckSettings, b: CheckSettings): CheckSettings {
  return {
    skip: [...a.skip, ...b.skip],
    experimental: [...a.experimental, ...b.experimental],
    error: a.error || b.error,
  };
}

/** Whether a rule runs. Those that are experimental have to be named, and `skip` says nothing of them. */
export function isEnabled(rule: Rule, { skip, experimental }: CheckSettings): boolean {
  const listed = rule.experimental ? experimental : skip;
  const named = listed.includes("all") || listed.includes(rule.id);
  return rule.experimental ? named : !named;
}

function names(value: string): readonly string[] {
  return value
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function booleanOf(value: string, part: string): boolean {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(value)) return true;
  if (["0", "f", "F", "FALSE", "false", "False"].includes(value)) return false;
  throw bad(
    `failed to parse check option ${JSON.stringify(part)}: ${JSON.stringify(value)} is not a boolean`,
  );
}

function bad(message: string): TareError {
  return new TareError("user-dockerfile-syntax", message, {
    hint: "write # check=skip=RULE,RULE;error=true;experimental=RULE",
  });
}

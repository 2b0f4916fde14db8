import { defined, TareError, withFacts } from "../base/index.ts";
import type { Command, HealthcheckInstruction, Word } from "./ast.ts";
import { type RawInstruction, restOf, syntaxError } from "./cursor.ts";
import { parseDuration } from "./duration.ts";
import type { Flags } from "./flags.ts";
import { parseCommand } from "./json-form.ts";

const MILLISECOND = 1e6;
const HINT = "write HEALTHCHECK CMD command, or NONE";
const MAX_RETRIES = 2 ** 31 - 1;

/** `HEALTHCHECK [flags] CMD command` or `HEALTHCHECK NONE`. */
export function parseHealthcheck(
  raw: RawInstruction,
  flags: Flags,
): Omit<HealthcheckInstruction, "range" | "text"> {
  const [, kind = "", space = ""] = /^(\S*)(\s*)/u.exec(restOf(raw)) ?? [];
  if (kind === "")
    throw syntaxError(raw, "HEALTHCHECK requires at least one argument", {
      hint: HINT,
    });
  const token = { text: kind, start: raw.rest };
  const after = { ...raw, rest: raw.rest + kind.length + space.length };
  if (kind.toUpperCase() === "NONE") {
    if (restOf(after).trim() !== "")
      throw syntaxError(raw, "HEALTHCHECK NONE takes no arguments", {
        token,
        hint: "remove what stands behind NONE",
      });
    return { keyword: "HEALTHCHECK" };
  }
  if (kind.toUpperCase() !== "CMD")
    throw syntaxError(raw, `Unknown type ${JSON.stringify(kind)} in HEALTHCHECK (try CMD)`, {
      token,
      hint: HINT,
    });
  return { keyword: "HEALTHCHECK", test: testOf(after), ...times(raw, flags) };
}

function testOf(raw: RawInstruction): Command {
  const test = parseCommand(raw);
  const empty = test.form === "exec" ? test.args.length === 0 : test.text.trim() === "";
  if (empty) throw syntaxError(raw, "Missing command after HEALTHCHECK CMD", { hint: HINT });
  return test;
}

function times(raw: RawInstruction, flags: Flags): Partial<HealthcheckInstruction> {
  return defined({
    interval: duration(raw, flags.one("interval"), "interval"),
    timeout: duration(raw, flags.one("timeout"), "timeout"),
    startPeriod: duration(raw, flags.one("start-period"), "start-period"),
    startInterval: duration(raw, flags.one("start-interval"), "start-interval"),
    retries: count(raw, flags.one("retries")),
  });
}

/** Zero means the default; anything else below a millisecond is a mistake. */
function duration(raw: RawInstruction, word: Word | undefined, name: string): Word | undefined {
  if (!word || word.text === "") return undefined;
  const value = durationOf(raw, word);
  if (value === 0 || value >= MILLISECOND) return word;
  throw wrongValue(raw, word, {
    message: `Interval ${JSON.stringify(name)} cannot be less than 1ms`,
    hint: "write it like 30s or 1m",
  });
}

function durationOf({ file, source }: RawInstruction, { text, range }: Word): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw error instanceof TareError ? withFacts(error, { location: { file, source, range } }) : error;
  }
}

function count(raw: RawInstruction, word: Word | undefined): Word | undefined {
  if (!word || word.text === "") return undefined;
  if (/^\+?\d+$/.test(word.text) && Number(word.text) <= MAX_RETRIES) return word;
  const message = /^-\d+$/.test(word.text)
    ? `--retries cannot be negative (${word.text})`
    : `--retries is not a number from 0 up: ${word.text}`;
  throw wrongValue(raw, word, { message, hint: "write --retries=3" });
}

function wrongValue(
  { file, source }: RawInstruction,
  { range }: Word,
  { message, hint }: { readonly message: string; readonly hint: string },
): TareError {
  return new TareError("user-dockerfile-syntax", message, { hint, location: { file, source, range } });
}

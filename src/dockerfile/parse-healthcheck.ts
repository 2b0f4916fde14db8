import { defined, TareError, withFacts } from "../base/index.ts";
import type { Command, HealthcheckInstruction, Word } from "./ast.ts";
import { errorAtWord, type RawInstruction, restOf, syntaxError } from "./cursor.ts";
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
  const { kind, after } = behindKind(raw);
  if (kind === "")
    throw syntaxError(raw, "HEALTHCHECK requires at least one argument", {
      hint: HINT,
    });
  const token = { text: kind, start: raw.rest };
  if (kind.toUpperCase() === "NONE") {
    if (!isEmpty(parseCommand(after)))
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

/** The word CMD or NONE, and the instruction as it goes on behind it. */
export function behindKind(raw: RawInstruction): { readonly kind: string; readonly after: RawInstruction } {
  const [both = "", kind = ""] = /^([^\t-\r ]*)[\t-\r ]*/.exec(restOf(raw)) ?? [];
  return { kind, after: { ...raw, rest: raw.rest + both.length } };
}

function testOf(raw: RawInstruction): Command {
  const test = parseCommand(raw);
  if (isEmpty(test)) throw syntaxError(raw, "Missing command after HEALTHCHECK CMD", { hint: HINT });
  return test;
}

function isEmpty(command: Command): boolean {
  return command.form === "exec" ? command.args.length === 0 : command.text === "";
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
  throw errorAtWord(raw, word, {
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
  throw errorAtWord(raw, word, { message, hint: "write --retries=3" });
}

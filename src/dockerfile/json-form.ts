import type { Command } from "./ast.ts";
import { type RawInstruction, restOf, syntaxError } from "./cursor.ts";
import { trimSpaceStart } from "./words.ts";

/**
 * The arguments as a JSON list of strings; undefined when they are none, which makes them the shell form.
 * A list of something else is an error, because nobody means that.
 */
export function parseJsonForm(raw: RawInstruction): readonly string[] | undefined {
  const text = restOf(raw);
  const list = parseList(text);
  if (!list) return undefined;
  if (list.every((item): item is string => typeof item === "string"))
    return list.map((item) => item.replace(LONE_SURROGATE, "\ufffd"));
  throw syntaxError(raw, "when using JSON array syntax, arrays must be comprised of strings only", {
    token: { text, start: raw.rest },
    hint: 'put every argument into double quotes: ["node", "app.js"]',
  });
}

/** RUN, CMD and ENTRYPOINT: the JSON form, or a line for the shell. */
export function parseCommand(raw: RawInstruction): Command {
  const args = parseJsonForm(raw);
  return args ? { form: "exec", args } : { form: "shell", text: restOf(raw), heredocs: raw.heredocs };
}

/** Whether arguments are in JSON form, which leaves no room for heredocs. */
export function isJsonForm(text: string): boolean {
  return parseList(text) !== undefined;
}

const LONE_SURROGATE = /\p{Surrogate}/gu;

function parseList(arguments_: string): readonly unknown[] | undefined {
  const text = trimSpaceStart(arguments_);
  if (!text.startsWith("[")) return undefined;
  try {
    return JSON.parse(text) as readonly unknown[];
  } catch {
    return undefined;
  }
}

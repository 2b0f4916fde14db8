import { suggest } from "../text/index.ts";
import type { Word } from "./ast.ts";
import { type RawInstruction, syntaxError, wordOf } from "./cursor.ts";
import type { Token } from "./words.ts";

type FlagKind = "string" | "list" | "boolean";

/** The flags of each instruction. Adding one touches this table and the instruction's parser. */
const FLAGS: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  FROM: { platform: "string" },
  COPY: {
    from: "string",
    chown: "string",
    chmod: "string",
    link: "boolean",
    parents: "boolean",
    exclude: "list",
  },
  ADD: {
    chown: "string",
    chmod: "string",
    link: "boolean",
    "keep-git-dir": "boolean",
    checksum: "string",
    unpack: "boolean",
    exclude: "list",
  },
  RUN: { mount: "list", network: "string", security: "string", device: "list" },
  HEALTHCHECK: {
    interval: "string",
    timeout: "string",
    "start-period": "string",
    "start-interval": "string",
    retries: "string",
  },
};

/** An instruction's flags by name. */
export interface Flags {
  one(name: string): Word | undefined;
  all(name: string): readonly Word[];
  /** `--link` and `--link=true` are true; undefined when the flag does not stand there. */
  on(name: string): boolean | undefined;
}

export function parseFlags(raw: RawInstruction): Flags {
  const known = FLAGS[raw.keyword] ?? {};
  const found = new Map<string, Word[]>();
  const switches = new Map<string, boolean>();
  for (const token of raw.flags) {
    const { name, value } = splitFlag(token);
    const kind = known[name];
    if (kind === undefined) throw unknownFlag(raw, token, { name, known: Object.keys(known) });
    if (kind !== "list" && (found.has(name) || switches.has(name)))
      throw syntaxError(raw, `duplicate flag specified: --${name}`, { token, hint: `give --${name} once` });
    if (kind === "boolean") switches.set(name, booleanValue(raw, token, { name, value }));
    else if (value === undefined) throw missingValue(raw, token, { name, example: "VALUE" });
    else
      found.set(name, [
        ...(found.get(name) ?? []),
        wordOf(raw, { text: value, start: token.start + name.length + 3 }),
      ]);
  }
  return {
    one: (name) => found.get(name)?.[0],
    all: (name) => found.get(name) ?? [],
    on: (name) => switches.get(name),
  };
}

function splitFlag({ text }: Token): { readonly name: string; readonly value: string | undefined } {
  const body = text.slice(2);
  const at = body.indexOf("=");
  return at < 0 ? { name: body, value: undefined } : { name: body.slice(0, at), value: body.slice(at + 1) };
}

function booleanValue(
  raw: RawInstruction,
  token: Token,
  { name, value }: { readonly name: string; readonly value: string | undefined },
): boolean {
  if (value === undefined) return true;
  const lower = value.toLowerCase();
  if (lower === "true" || lower === "false") return lower === "true";
  if (value === "") throw missingValue(raw, token, { name, example: "true" });
  throw syntaxError(raw, `expecting boolean value for flag --${name}, not: ${value}`, {
    token,
    hint: "write true or false",
  });
}

function missingValue(
  raw: RawInstruction,
  token: Token,
  { name, example }: { readonly name: string; readonly example: string },
): ReturnType<typeof syntaxError> {
  return syntaxError(raw, `missing a value on flag: --${name}`, {
    token,
    hint: `write --${name}=${example}`,
  });
}

function unknownFlag(
  raw: RawInstruction,
  token: Token,
  { name, known }: { readonly name: string; readonly known: readonly string[] },
): ReturnType<typeof syntaxError> {
  const near = suggest(name, known);
  const list =
    known.length > 0
      ? `${raw.keyword} takes ${known.map((flag) => `--${flag}`).join(", ")}`
      : `${raw.keyword} takes no flags`;
  return syntaxError(raw, `unknown flag: --${name}`, {
    token,
    hint: near === undefined ? list : `did you mean --${near}?`,
  });
}

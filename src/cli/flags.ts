import { suggest, TareError } from "../api/index.ts";

/** One flag of a command: everything that parsing, help and docs need to know of it. */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  /** `list` may be given again and again, of the others the last one counts. */
  readonly type: "string" | "boolean" | "list";
  /** What stands for the value in help: `NAME`, `K=V`. */
  readonly value?: string;
  /** The value may be left out, which is the first of these; a word behind the flag is its value if it is one of these. */
  readonly words?: readonly string[];
  readonly description: string;
}

/** One command: its name, its arguments in help's notation, its flags. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** `PATH | -`, `IMAGE [COMMAND] [ARG...]`. */
  readonly usage: string;
  readonly flags: readonly Flag[];
  /** Flags end at the first argument, as in `run IMAGE -flag-of-the-program`. */
  readonly stopAtArgument?: boolean;
  /** Flags that people may bring from docker, with the reason why they are refused. */
  readonly refused?: Readonly<Record<string, string>>;
  /** Flags that people may bring from docker and that change nothing here; `description` says why. */
  readonly ignored?: readonly Flag[];
  readonly examples: readonly string[];
  /** The commands that a group has, by what follows its name. */
  readonly verbs?: readonly CommandSpec[];
}

/** Parsed flags by name, and the arguments. */
export interface Parsed {
  string(name: string): string | undefined;
  list(name: string): readonly string[];
  boolean(name: string): boolean;
  readonly args: readonly string[];
  /** What was given and changes nothing, as sentences. */
  readonly warnings: readonly string[];
}

/** Flags of every command. */
const GLOBAL_FLAGS: readonly Flag[] = [
  {
    name: "root",
    type: "string",
    value: "DIR",
    description: "folder of the local store (default: TARE_ROOT, else one per user)",
  },
  { name: "debug", short: "D", type: "boolean", description: "show stack traces of internal errors" },
  { name: "help", short: "h", type: "boolean", description: "show this help" },
];

/** A command's own flags and those of every command; a letter that both have is the command's. */
export function shownFlags({ flags }: Pick<CommandSpec, "flags">): readonly Flag[] {
  const taken = new Set(flags.map(({ short }) => short));
  return [
    ...flags,
    ...GLOBAL_FLAGS.map(({ short, ...flag }) =>
      short === undefined || taken.has(short) ? flag : { ...flag, short },
    ),
  ];
}

/**
 * Reads arguments as Docker's pflag does: `--flag=value`, `--flag value`, `-f value`, `-fvalue`, `-itv x`,
 * `--bool=false`, `--` ends flags. `user-bad-flag`, with a suggestion, for anything that is not in the table.
 */
export function parseFlags(spec: CommandSpec, argv: readonly string[]): Parsed {
  const values = new Map<string, string[]>();
  const args: string[] = [];
  const waiting = [...argv];
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    if (word === "--" || (spec.stopAtArgument && !isFlag(word))) {
      args.push(...(word === "--" ? [] : [word]), ...waiting.splice(0));
    } else if (!isFlag(word)) args.push(word);
    else
      for (const { flag, value } of word.startsWith("--")
        ? [longFlag(spec, word, waiting)]
        : shortFlags(spec, word, waiting))
        values.set(flag.name, [...(values.get(flag.name) ?? []), value]);
  }
  return {
    string: (name) => values.get(name)?.at(-1),
    list: (name) => values.get(name) ?? [],
    boolean: (name) => values.get(name)?.at(-1) === "true",
    args,
    warnings: (spec.ignored ?? [])
      .filter(({ name }) => values.has(name))
      .map(({ name, description }) => `--${name} is ignored: ${description}`),
  };
}

function flagsOf(spec: CommandSpec): readonly Flag[] {
  return [...shownFlags(spec), ...(spec.ignored ?? [])];
}

/** A lone `-` is an argument: standard input. */
function isFlag(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

interface Given {
  readonly flag: Flag;
  readonly value: string;
}

function longFlag(spec: CommandSpec, word: string, waiting: string[]): Given {
  const at = word.indexOf("=");
  const name = at < 0 ? word.slice(2) : word.slice(2, at);
  const flag = flagsOf(spec).find((candidate) => candidate.name === name);
  if (!flag) throw unknownFlag(spec, name, `--${name}`);
  if (at >= 0) return { flag, value: checked(flag, word.slice(at + 1)) };
  if (flag.words) return { flag, value: wordOf(flag.words, waiting) };
  return { flag, value: flag.type === "boolean" ? "true" : following(flag, `--${name}`, waiting) };
}

function wordOf(words: readonly string[], waiting: string[]): string {
  const next = waiting[0] !== undefined && words.includes(waiting[0]) ? waiting.shift() : words[0];
  return next ?? "";
}

/** `-itv src:dst`: booleans in a row; the first flag with a value takes the rest, or the next word. */
function shortFlags(spec: CommandSpec, word: string, waiting: string[]): readonly Given[] {
  const found: Given[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] as string;
    const flag = flagsOf(spec).find(({ short }) => short === letter);
    if (!flag) throw unknownFlag(spec, letter, `-${letter}`);
    const rest = word.slice(at + 1).replace(/^=/, "");
    if (flag.type === "boolean" && word[at + 1] !== "=") found.push({ flag, value: "true" });
    else if (word.length > at + 1) return [...found, { flag, value: checked(flag, rest) }];
    else return [...found, { flag, value: following(flag, `-${letter}`, waiting) }];
  }
  return found;
}

function following(flag: Flag, written: string, waiting: string[]): string {
  const value = waiting.shift();
  if (value !== undefined) return value;
  throw new TareError("user-bad-flag", `flag needs an argument: ${written}`, {
    hint: `write ${written} ${flag.value ?? "VALUE"}`,
  });
}

function checked(flag: Flag, value: string): string {
  if (flag.type !== "boolean") return value;
  if (/^(1|t|true)$/i.test(value)) return "true";
  if (/^(0|f|false)$/i.test(value)) return "false";
  throw new TareError("user-bad-flag", `invalid value ${JSON.stringify(value)} for --${flag.name}`, {
    hint: "write true or false",
  });
}

function unknownFlag(spec: CommandSpec, name: string, written: string): TareError {
  const refused = spec.refused ?? {};
  if (Object.hasOwn(refused, name))
    return new TareError("user-bad-flag", `${written} is not supported: ${refused[name]}`, {
      hint: `see tare ${spec.name} --help`,
    });
  const near = suggest(
    name,
    flagsOf(spec).map((flag) => flag.name),
  );
  return new TareError("user-bad-flag", `unknown flag: ${written}`, {
    hint: near === undefined ? `see tare ${spec.name} --help` : `did you mean --${near}?`,
  });
}

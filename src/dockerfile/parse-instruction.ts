import { defined } from "../base/index.ts";
import { suggest } from "../text/index.ts";
import type {
  CommandInstruction,
  FromInstruction,
  NetworkMode,
  OnbuildInstruction,
  SecurityMode,
  ShellInstruction,
  StageInstruction,
  Word,
  WordInstruction,
  WordsInstruction,
} from "./ast.ts";
import { errorAtWord, type RawInstruction, restOf, syntaxError, wordOf } from "./cursor.ts";
import { type Flags, parseFlags } from "./flags.ts";
import { parseCommand, parseJsonForm } from "./json-form.ts";
import { KEYWORDS } from "./keywords.ts";
import { parseCopy, pathWords } from "./parse-copy.ts";
import { behindKind, parseHealthcheck } from "./parse-healthcheck.ts";
import { parseMount } from "./parse-mount.ts";
import { checkPairs, parseArg, parseKeyValues } from "./parse-pairs.ts";
import { splitFlags, splitWhitespace, type Token, trimSpace, trimSpaceStart } from "./words.ts";

export type AnyInstruction = FromInstruction | StageInstruction;

/** Each variant of a union without the parts that all instructions have. */
type WithoutCommon<I> = I extends unknown ? Omit<I, "range" | "text" | "description"> : never;

/** The typed form of one instruction. `user-dockerfile-syntax` with its place for anything malformed. */
export function parseInstruction(raw: RawInstruction): AnyInstruction {
  const flags = parseFlags(raw);
  const comments = raw.line.comments;
  return {
    ...parseBody(raw, flags),
    range: raw.range,
    text: trimSpaceStart(raw.line.text),
    ...(comments.length > 0 && { description: comments.join("\n") }),
  } as AnyInstruction;
}

function parseBody(raw: RawInstruction, flags: Flags): WithoutCommon<AnyInstruction> {
  switch (raw.keyword) {
    case "FROM":
      return parseFrom(raw, flags);
    case "RUN":
      return {
        keyword: "RUN",
        command: parseCommand(raw),
        mounts: flags.all("mount").map((word) => parseMount(raw, word)),
        devices: flags.all("device"),
        ...defined({
          network: oneOf(raw, flags.one("network"), NETWORK),
          security: oneOf(raw, flags.one("security"), SECURITY),
        }),
      };
    case "COPY":
    case "ADD":
      return parseCopy(raw, flags, raw.keyword);
    case "ENV":
    case "LABEL":
      return parseKeyValues(raw, raw.keyword);
    case "ARG":
      return parseArg(raw);
    case "CMD":
    case "ENTRYPOINT":
      return { keyword: raw.keyword, command: parseCommand(raw) } satisfies WithoutCommon<CommandInstruction>;
    case "EXPOSE":
    case "VOLUME":
      return parseList(raw, raw.keyword);
    case "USER":
    case "WORKDIR":
    case "STOPSIGNAL":
    case "MAINTAINER":
      return parseSingle(raw, raw.keyword);
    case "SHELL":
      return parseShell(raw);
    case "HEALTHCHECK":
      return parseHealthcheck(raw, flags);
    case "ONBUILD":
      return parseOnbuild(raw);
    default:
      throw unknownInstruction(raw);
  }
}

interface Choice<T extends string> {
  readonly allowed: readonly T[];
  readonly wrong: (value: string) => string;
}

const NETWORK: Choice<NetworkMode> = {
  allowed: ["default", "none", "host"],
  wrong: (value) => `invalid network mode ${JSON.stringify(value)}`,
};
const SECURITY: Choice<SecurityMode> = {
  allowed: ["sandbox", "insecure"],
  wrong: (value) => `security ${JSON.stringify(value)} is not valid`,
};

function oneOf<T extends string>(
  raw: RawInstruction,
  word: Word | undefined,
  { allowed, wrong }: Choice<T>,
): T | undefined {
  if (word === undefined) return undefined;
  const found = allowed.find((value) => value === word.text);
  if (found !== undefined) return found;
  const near = suggest(word.text, allowed);
  throw errorAtWord(raw, word, {
    message: wrong(word.text),
    hint: near === undefined ? `it takes ${allowed.join(", ")}` : `did you mean ${near}?`,
  });
}

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

function parseFrom(raw: RawInstruction, flags: Flags): WithoutCommon<FromInstruction> {
  const [image, as, alias, ...more] = splitWhitespace(raw.line.text, raw.rest);
  const named = alias !== undefined && as?.text.toLowerCase() === "as" && more.length === 0;
  if (!image || (as !== undefined && !named))
    throw syntaxError(raw, "FROM requires either one or three arguments", {
      hint: "write FROM image or FROM image AS name",
    });
  if (alias && !STAGE_NAME.test(alias.text.toLowerCase()))
    throw syntaxError(
      raw,
      `invalid name for build stage: ${JSON.stringify(alias.text)}, name can't start with a number or contain symbols`,
      {
        token: alias,
        hint: "stage names are letters, digits, - _ and ., beginning with a letter",
      },
    );
  return {
    keyword: "FROM",
    image: wordOf(raw, image),
    ...defined({ platform: flags.one("platform"), alias: alias && wordOf(raw, alias) }),
  };
}

function parseList(raw: RawInstruction, keyword: "EXPOSE" | "VOLUME"): WithoutCommon<WordsInstruction> {
  const tokens = keyword === "VOLUME" ? pathWords(raw) : splitWhitespace(raw.line.text, raw.rest);
  if (tokens.length === 0)
    throw syntaxError(raw, `${keyword} requires at least one argument`, {
      hint: keyword === "EXPOSE" ? "write EXPOSE 8080" : "write VOLUME /data",
    });
  if (keyword === "VOLUME" && tokens.some(({ text }) => trimSpace(text) === ""))
    throw syntaxError(raw, "VOLUME specified can not be an empty string", {
      hint: "write VOLUME /data",
    });
  const sorted =
    keyword === "EXPOSE"
      ? tokens.toSorted((a, b) => Buffer.compare(Buffer.from(a.text), Buffer.from(b.text)))
      : tokens;
  const words =
    keyword === "VOLUME" ? tokens.map((token) => ({ ...token, text: trimSpace(token.text) })) : sorted;
  return { keyword, words: words.map((token) => wordOf(raw, token)) };
}

const SINGLE: Readonly<Record<WordInstruction["keyword"], string>> = {
  USER: "USER name",
  WORKDIR: "WORKDIR /app",
  STOPSIGNAL: "STOPSIGNAL SIGTERM",
  MAINTAINER: "LABEL org.opencontainers.image.authors=name instead",
};

function parseSingle(
  raw: RawInstruction,
  keyword: WordInstruction["keyword"],
): WithoutCommon<WordInstruction> {
  const text = restOf(raw);
  if (text === "")
    throw syntaxError(raw, `${keyword} requires exactly one argument`, { hint: `write ${SINGLE[keyword]}` });
  return { keyword, word: wordOf(raw, { text, start: raw.rest }) };
}

function parseShell(raw: RawInstruction): WithoutCommon<ShellInstruction> {
  const args = parseJsonForm(raw);
  if (restOf(raw) === "" || args?.length === 0)
    throw syntaxError(raw, "SHELL requires at least one argument", {
      hint: 'write SHELL ["/bin/bash", "-c"]',
    });
  if (!args)
    throw syntaxError(raw, "SHELL requires the arguments to be in JSON form", {
      hint: 'write SHELL ["/bin/bash", "-c"]',
    });
  return { keyword: "SHELL", args };
}

/** The trigger is kept as text; of what it says only the shape is looked at, as the reference does. */
function parseOnbuild(raw: RawInstruction): WithoutCommon<OnbuildInstruction> {
  const { text, trailing } = raw.line;
  const from = raw.keywordToken.start + raw.keywordToken.text.length;
  const trigger = text.slice(from).replace(/^[\t\n\f\r ]+/, "") + trailing;
  const [first] = splitWhitespace(raw.line.text, raw.rest);
  if (!first)
    throw syntaxError(raw, "ONBUILD requires at least one argument", { hint: "write ONBUILD RUN …" });
  const keyword = first.text.toUpperCase();
  if (keyword === "ONBUILD")
    throw syntaxError(raw, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", {
      token: first,
      hint: "write the instruction behind a single ONBUILD",
    });
  if (keyword === "FROM" || keyword === "MAINTAINER")
    throw syntaxError(raw, `${keyword} isn't allowed as an ONBUILD trigger`, {
      token: first,
      hint: "move it to the Dockerfile that builds on this image",
    });
  checkShape(triggerOf(raw, first));
  const bodies = raw.heredocs.map(({ name, source }) => `\n${source}${name}`);
  return { keyword: "ONBUILD", trigger: trigger + bodies.join("") };
}

function triggerOf(raw: RawInstruction, keywordToken: Token): RawInstruction {
  const from = keywordToken.start + keywordToken.text.length;
  const keyword = keywordToken.text.toUpperCase();
  return { ...raw, keyword, keywordToken, ...splitFlags(raw.line.text, { from, escape: raw.escape }) };
}

/** What is wrong in an instruction whatever it is for: a list that is none of strings, a name without a value. */
function checkShape(raw: RawInstruction): void {
  if (raw.keyword === "ENV" || raw.keyword === "LABEL") checkPairs(raw, raw.keyword);
  else if (raw.keyword === "HEALTHCHECK") parseJsonForm(behindKind(raw).after);
  else if (TAKE_JSON.has(raw.keyword)) parseJsonForm(raw);
}

const TAKE_JSON: ReadonlySet<string> = new Set("ADD CMD COPY ENTRYPOINT RUN SHELL VOLUME".split(" "));

function unknownInstruction(raw: RawInstruction): ReturnType<typeof syntaxError> {
  const written = raw.keywordToken.text;
  const near = suggest(written, KEYWORDS);
  return syntaxError(raw, `unknown instruction: ${written}`, {
    token: raw.keywordToken,
    hint: near === undefined ? `the instructions are: ${KEYWORDS.join(", ")}` : `did you mean ${near}?`,
  });
}

import { readFileSync } from "node:fs";
import { TareError } from "../api/index.ts";
import type { Parsed } from "./flags.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What `--env-file` and `--env` say, the latter last. */
export function environmentOf(flags: Parsed, env: Environment): readonly string[] {
  return [
    ...flags.list("env-file").flatMap((file) => environmentFile(file, env)),
    ...flags.list("env").flatMap((word) => variable(word, env)),
  ];
}

/** `K=V` a line, `K` from the environment, `#` for comments; quotes and spaces are part of the value, as in docker. */
function environmentFile(file: string, env: Environment): readonly string[] {
  return linesOf("env-file", file).flatMap((word) => variable(word, env));
}

/** The labels of a file, in the same form; without `=` one is empty. */
export function labelFile(file: string): readonly string[] {
  return linesOf("label-file", file);
}

function linesOf(flag: string, file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw bad(flag, file, "check that the file exists and can be read", error);
  }
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  return lines.flatMap((line, index) => {
    const word = line.trimStart();
    if (word === "" || word.startsWith("#")) return [];
    const [key = ""] = word.split("=", 1);
    if (key === "" || /\s/.test(key))
      throw bad(flag, `${file}:${index + 1}`, "write K=V, with no space in the name");
    return [word];
  });
}

function variable(word: string, env: Environment): readonly string[] {
  if (word.startsWith("=") || word === "") throw bad("env", word, "write -e K=V");
  if (word.includes("=")) return [word];
  const value = env[word];
  return value === undefined ? [] : [`${word}=${value}`];
}

function bad(flag: string, text: string, hint: string, cause?: unknown): TareError {
  return new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --${flag}`, {
    hint,
    cause,
  });
}

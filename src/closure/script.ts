import { decodeName } from "../base/index.ts";

/** The first line of a script, as the kernel takes it apart. */
export interface Script {
  readonly interpreter: string;
  /** All the rest of the line, blanks in it included: the kernel makes one argument of it. */
  readonly argument?: string;
}

/** As much of a file as the kernel looks at (`BINPRM_BUF_SIZE`). */
export const SCRIPT_LINE = 256;

/** Reads `#!interpreter argument`; undefined for anything else, and for an interpreter that the kernel cuts off. */
export function readScript(head: Uint8Array): Script | undefined {
  if (head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const text = decodeName(head.subarray(2, SCRIPT_LINE));
  const line = /^[^\n\0]*/.exec(text)?.[0] ?? "";
  const [, interpreter = "", argument = ""] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  const isCut = head.length >= SCRIPT_LINE && line.length === text.length && argument === "";
  if (interpreter === "" || isCut) return undefined;
  return { interpreter, ...(argument !== "" && { argument }) };
}

/**
 * The program that `env` is told to start by a script's first line: `python3` of `#!/usr/bin/env -S python3
 * -u`. Without `-S` the whole argument is a name, blanks included. Undefined when it starts nothing.
 */
export function envCommand(argument: string | undefined): string | undefined {
  const words = envWords(argument ?? "");
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === "--") return words.find((next) => !isAssignment(next));
    if (/^(?:-u|-C|--unset|--chdir)$/.test(word)) words.shift();
    else if (!word.startsWith("-") && !isAssignment(word)) return word;
  }
  return undefined;
}

function isAssignment(word: string): boolean {
  return /^[^=]+=/.test(word);
}

function envWords(argument: string): string[] {
  const split = /^(-[iv0]*S|--split-string(?:=|[ \t]+))/.exec(argument)?.[0];
  if (split === undefined) return argument === "" ? [] : [argument];
  return splitWords(argument.slice(split.length));
}

/** As `env -S` splits: blanks between words, quotes of both kinds, a backslash before what is meant as it is. */
function splitWords(text: string): string[] {
  const words = text.match(/(?:\\.|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[^\s"'\\])+/gs) ?? [];
  return words.map((word) => word.replace(/\\(.)|["']/gs, (_, escaped: string | undefined) => escaped ?? ""));
}

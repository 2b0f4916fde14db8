import { TareError } from "../base/index.ts";

/** `${name#pattern}`: the value without its shortest (or longest) beginning that matches. */
export function trimPrefix(value: string, pattern: string, greedy: boolean): string {
  const match = new RegExp(`^(?:${toRegExp(pattern, greedy)})`, "su").exec(value);
  return match ? value.slice(match[0].length) : value;
}

/** `${name%pattern}`: the value without its shortest (or longest) end that matches. */
export function trimSuffix(value: string, pattern: string, greedy: boolean): string {
  const whole = new RegExp(`^(?:${toRegExp(pattern, true)})$`, "su");
  const starts = boundaries(value);
  for (const start of greedy ? starts : starts.toReversed())
    if (whole.test(value.slice(start))) return value.slice(0, start);
  return value;
}

/** `${name/pattern/replacement}`: the longest match from the left, or every one. */
export function replacePattern(
  value: string,
  pattern: string,
  { replacement, all }: { readonly replacement: string; readonly all: boolean },
): string {
  return value.replace(new RegExp(toRegExp(pattern, true), all ? "gsu" : "su"), () => replacement);
}

/** `*` and `?` are wild, a backslash takes the next character as it is; there are no classes. */
function toRegExp(pattern: string, greedy: boolean): string {
  let out = "";
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === "*") out += greedy ? ".*" : ".*?";
    else if (character === "?") out += ".";
    else if (character === "\\") {
      const next = characters[++at];
      if (next === undefined)
        throw new TareError(
          "user-dockerfile-syntax",
          `invalid pattern ${JSON.stringify(pattern)}: it ends in a backslash`,
        );
      out += quote(next);
    } else out += quote(character);
  }
  return out;
}

function quote(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

/** Positions between characters, surrogate pairs kept together. */
function boundaries(value: string): readonly number[] {
  const positions = [0];
  for (const character of value) positions.push((positions.at(-1) as number) + character.length);
  return positions;
}

import { expandWord, expandWords, type Word } from "../dockerfile/index.ts";
import type { Converter } from "./stage.ts";
import { variableOf } from "./state.ts";
import type { StageState } from "./types.ts";

/** A word with the variables of the stage as they are before the instruction that it is part of. */
export function expand(converter: Converter, state: StageState, word: Word | string): string {
  return expandWord(textOf(word), lookup(state), { escape: converter.request.dockerfile.escape }).text;
}

/** As `expand`; the result is split at white space outside quotes. */
export function expandToWords(
  converter: Converter,
  state: StageState,
  word: Word | string,
): readonly string[] {
  return expandWords(textOf(word), lookup(state), { escape: converter.request.dockerfile.escape });
}

/** An instruction as progress shows it: variables replaced where they are known, quotes kept. */
export function displayText(converter: Converter, state: StageState, text: string): string {
  const { escape } = converter.request.dockerfile;
  try {
    return expandWord(text, lookup(state), { escape, rawQuotes: true, keepUnset: true }).text;
  } catch {
    return text;
  }
}

function textOf(word: Word | string): string {
  return typeof word === "string" ? word : word.text;
}

function lookup(state: StageState): (name: string) => string | undefined {
  return (name) => variableOf(state, name);
}

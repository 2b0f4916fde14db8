import { TareError } from "../base/index.ts";
import type { Dockerfile, StageInstruction, Word } from "./ast.ts";
import { parseDockerfile } from "./parse.ts";

/** The file of all tests. */
export const FILE = "Dockerfile";

export function parse(source: string): Dockerfile {
  return parseDockerfile(source, { file: FILE }).dockerfile;
}

/** Instructions parsed behind `FROM a`, which takes line 1. */
export function instructions(text: string): readonly StageInstruction[] {
  return parse(`FROM a\n${text}`).stages[0]?.instructions ?? [];
}

/** The instruction's type for its keyword. */
type InstructionOf<K, I = StageInstruction> = I extends { readonly keyword: infer Own }
  ? K extends Own
    ? I
    : never
  : never;

/** The one instruction of that keyword that a text behind `FROM a` holds. */
export function only<K extends StageInstruction["keyword"]>(keyword: K, text: string): InstructionOf<K> {
  const all = instructions(text);
  const [first] = all;
  if (all.length !== 1 || first?.keyword !== keyword)
    throw new Error(`wanted one ${keyword}, got ${all.map((each) => each.keyword).join(", ")}`);
  return first as InstructionOf<K>;
}

export function texts(words: readonly Word[]): readonly string[] {
  return words.map(({ text }) => text);
}

/** What an error is, as `line:column-line:column message | hint`; "no error" when there is none. */
export function errorOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TareError)) throw error;
    const { location, hint = "" } = error.facts;
    return `${location ? place(location.range) : "nowhere"} ${error.message} | ${hint}`;
  }
  return "no error";
}

/** A range as `line:column-line:column`. */
export function place({ start, end }: Word["range"]): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}

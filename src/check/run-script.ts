import type { SourceRange } from "../base/index.ts";
import type { RunInstruction } from "../dockerfile/index.ts";
import { type CheckContext, headOf, stepsOf } from "./context.ts";
import { linesText, type MappedText, offsetAt, sliceText } from "./mapped-text.ts";
import { type ShellCommand, type ShellWord, shellCommands } from "./shell.ts";
import type { CheckedStage, Step } from "./stages.ts";

/** What a RUN executes, cut into commands. */
export interface RunScript {
  readonly stage: CheckedStage;
  readonly step: Step<RunInstruction>;
  readonly text: string;
  readonly commands: readonly ShellCommand[];
  /** Where its characters stand in the file; absent for the JSON form, whose text is escaped there. */
  readonly mapped?: MappedText;
  /** Whether it is the body of a heredoc. */
  readonly isHeredoc: boolean;
}

/**
 * The scripts of the RUN instructions of some stages that a POSIX shell executes, those that mention something if
 * that is asked. They are read anew for every loop, one after the other: all at once they would take many times the
 * file's size.
 */
export function runScripts(
  context: CheckContext,
  stages: readonly CheckedStage[],
  mention?: RegExp,
): Iterable<RunScript> {
  return {
    *[Symbol.iterator]() {
      for (const { stage, step } of stepsOf(stages, "RUN")) {
        if (mention && !mentions(step.instruction, mention)) continue;
        const script = scriptOf(context, step);
        if (script) yield { stage, step, ...script };
      }
    },
  };
}

function mentions({ text, command }: RunInstruction, mention: RegExp): boolean {
  if (mention.test(text)) return true;
  return command.form === "shell" && command.heredocs.some(({ source }) => mention.test(source));
}

/** Whether any of some scripts is so. */
export function someScript(scripts: Iterable<RunScript>, isSo: (script: RunScript) => boolean): boolean {
  for (const script of scripts) if (isSo(script)) return true;
  return false;
}

type Script = Pick<RunScript, "text" | "commands" | "mapped" | "isHeredoc">;

function scriptOf(
  context: CheckContext,
  { instruction, shell: [shell = "/bin/sh"] }: Step<RunInstruction>,
): Script | undefined {
  const { command } = instruction;
  if (command.form === "exec") return execScript(command.args);
  if (!SHELL.test(shell)) return undefined;
  const [heredoc, ...more] = command.heredocs;
  if (heredoc && more.length === 0 && /^<<-?\s*(["']?)[\w.-]+\1$/.test(command.text.trim())) {
    const end = { line: heredoc.range.end.line - 1, column: 1 };
    const body = linesText(context.source, { start: heredoc.range.start, end });
    const shebang = /^#!\s*(\S+)(?:\s+(\S+))?/.exec(body.text);
    if (shebang && !SHELL.test(shebang[1] ?? "") && !SHELL.test(shebang[2] ?? "")) return undefined;
    return mappedScript(body, true);
  }
  const head = headOf(context, instruction);
  return mappedScript(sliceText(head, head.text.length - command.text.length), false);
}

const SHELL = /(?:^|\/)(?:ba|da|a|k|z)?sh$/;

function mappedScript(mapped: MappedText, isHeredoc: boolean): Script {
  return { text: mapped.text, commands: shellCommands(mapped.text), mapped, isHeredoc };
}

function execScript(args: readonly string[]): Script {
  const [program = "", option, text] = args;
  if (SHELL.test(program) && /^-[a-z]*c$/.test(option ?? "") && text !== undefined)
    return { text, commands: shellCommands(text), isHeredoc: false };
  const words = args.map((word) => ({ text: word, start: 0, end: 0, plain: true }));
  const command = { assignments: [], words, outputs: [], after: "" };
  return { text: args.join(" "), commands: [command], isHeredoc: false };
}

/** Where words of a script stand; without positions the whole instruction. */
export function wordsRange(
  { source }: CheckContext,
  { mapped, step }: RunScript,
  words: readonly ShellWord[],
): SourceRange {
  const [first, last] = [words[0], words.at(-1)];
  if (!mapped || !first || !last) return step.instruction.range;
  const start = source.positionOf(offsetAt(mapped, first.start));
  return { start, end: source.positionOf(offsetAt(mapped, last.end - 1) + 1) };
}

/** Offset in the file right behind a word. */
export function offsetBehind({ mapped }: RunScript, word: ShellWord): number | undefined {
  return mapped && offsetAt(mapped, word.end - 1) + 1;
}

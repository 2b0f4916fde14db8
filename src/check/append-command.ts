import { type CheckContext, headOf } from "./context.ts";
import { offsetAt } from "./mapped-text.ts";
import type { RunScript } from "./run-script.ts";
import type { ShellCommand } from "./shell.ts";
import type { Edit } from "./types.ts";

/**
 * One more command at the end of a RUN, run when those before it went well; undefined where the end is not a plain
 * one, such as a pipe, an alternative or something in the background.
 */
export function appendedCommand(context: CheckContext, script: RunScript, command: string): Edit | undefined {
  const { mapped, text, commands, isHeredoc } = script;
  const trimmed = text.trimEnd();
  if (!mapped || commands.length === 0 || hasOpenEnd(script, trimmed)) return undefined;
  const { ending } = context.source;
  if (isHeredoc) {
    const at = offsetAt(mapped, mapped.text.length - 1);
    return { start: at, end: at, text: `${ending}${command}` };
  }
  const at = offsetAt(mapped, trimmed.length - 1) + 1;
  const joint = trimmed.endsWith(";") ? "" : "&& ";
  return { start: at, end: at, text: `${lineBreak(context, script)}${joint}${command}` };
}

/** The same command, by sudo where that is how the one before it was run. */
export function asBefore({ words }: ShellCommand, command: string): string {
  return words[0]?.text === "sudo" ? `sudo ${command}` : command;
}

/** A script in one line goes on in it; one of several lines gets one more, indented as its last. */
function lineBreak(context: CheckContext, { step }: RunScript): string {
  const { instruction } = step;
  const { last } = headOf(context, instruction);
  if (last === instruction.range.start.line) return " ";
  const indent = /^\s*/.exec(context.source.line(last))?.[0] ?? "";
  return ` ${context.dockerfile.escape}${context.source.ending}${indent === "" ? "    " : indent}`;
}

function hasOpenEnd({ commands, isHeredoc }: RunScript, text: string): boolean {
  if (/(?:^|[\s;])exit\b/.test(text)) return true;
  if (isHeredoc) return /\\$|<</.test(text);
  if (commands.some(({ after }) => after === "||" || after === "&")) return true;
  return /[|&\\]$|<<|#/.test(text) || commands.at(-2)?.after === "|";
}

import type { Command, CommandInstruction, ShellInstruction } from "../dockerfile/index.ts";
import { goList, goQuotedList } from "./go-format.ts";
import { withConfig, withHistory } from "./state.ts";
import type { StageState } from "./types.ts";

const DEFAULT_SHELL: readonly string[] = ["/bin/sh", "-c"];

/** CMD and ENTRYPOINT; an ENTRYPOINT drops a CMD that the base brought, as that was meant for the base's. */
export function applyCommand(state: StageState, { keyword, command }: CommandInstruction): StageState {
  const args = commandArgs(state, command);
  const history = `${keyword} ${goQuotedList(args)}`;
  if (keyword === "CMD")
    return withHistory(
      { ...withConfig(state, { Cmd: args, ArgsEscaped: true }), cmdSet: true },
      history,
      false,
    );
  const cmd = state.cmdSet ? state.config.Cmd : undefined;
  return withHistory(withConfig(state, { Entrypoint: args, Cmd: cmd ?? [] }), history, false);
}

export function applyShell(state: StageState, { args }: ShellInstruction): StageState {
  return withHistory(withConfig(state, { Shell: args }), `SHELL ${goList(args)}`, false);
}

/** The words to execute: those of the JSON form, or the shell with the text as its last one. */
export function commandArgs(state: StageState, command: Command): readonly string[] {
  return command.form === "exec" ? command.args : shellArgs(state, command.text);
}

export function shellArgs(state: StageState, text: string): readonly string[] {
  const shell = state.config.Shell ?? [];
  return [...(shell.length > 0 ? shell : DEFAULT_SHELL), text];
}

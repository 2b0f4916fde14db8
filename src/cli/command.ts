import type { CommandSpec, Parsed } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** A command: its table, and what it does. The result is the exit code. */
export interface Command {
  readonly spec: CommandSpec;
  run(flags: Parsed, terminal: Terminal): Promise<number>;
}

import { constants } from "node:os";
import { TareError } from "../api/index.ts";

/** What ends a command in good order. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** What a shell tells of a process that a signal has ended. */
export function exitCodeOfSignal(signal: StopSignal | "SIGPIPE"): number {
  return 128 + constants.signals[signal];
}

/**
 * The exit code for an error: 130 after ^C, 143 after SIGTERM; `run` has Docker's 125, `run` and `exec` 126 and 127; else 1.
 */
export function exitCodeOf(error: unknown, command: string, stoppedBy: StopSignal = "SIGINT"): number {
  const code = error instanceof TareError ? error.code : "internal-bug";
  if (code === "user-cancelled") return exitCodeOfSignal(stoppedBy);
  if (command !== "run" && command !== "exec") return 1;
  if (code === "exec-not-executable") return 126;
  if (code === "exec-not-found") return 127;
  return command === "run" ? 125 : 1;
}

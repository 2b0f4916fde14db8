import { TareError } from "../api/index.ts";

/** The exit code for an error: 130 after ^C; `run` has Docker's 125, `run` and `exec` 126 and 127; else 1. */
export function exitCodeOf(error: unknown, command: string): number {
  const code = error instanceof TareError ? error.code : "internal-bug";
  if (code === "user-cancelled") return 130;
  if (command !== "run" && command !== "exec") return 1;
  if (code === "exec-not-executable") return 126;
  if (code === "exec-not-found") return 127;
  return command === "run" ? 125 : 1;
}

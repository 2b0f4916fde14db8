import { TareError } from "../api/index.ts";

/** The exit code for an error: 130 after ^C; `run` has Docker's 125, 126 and 127; else 1. */
export function exitCodeOf(error: unknown, command: string): number {
  const code = error instanceof TareError ? error.code : "internal-bug";
  if (code === "user-cancelled") return 130;
  if (command !== "run") return 1;
  if (code === "exec-not-executable") return 126;
  return code === "exec-not-found" ? 127 : 125;
}

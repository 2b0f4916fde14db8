import { readFileSync } from "node:fs";
import { kill } from "node:process";

/**
 * Kills a process with all that it started, as far as this process sees and may kill it. What enters a container starts
 * a process there, which would live on without the one that waits for it.
 */
export function killTree(pid: number | undefined): void {
  if (pid === undefined) return;
  // Stopped first, so that it starts nothing while it is looked at.
  send(pid, "SIGSTOP");
  for (const child of childrenOf(pid)) killTree(child);
  send(pid, "SIGKILL");
}

/** The children of a process's first thread (proc(5)). */
function childrenOf(pid: number): readonly number[] {
  try {
    const words = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    return words.filter((word) => word !== "").map(Number);
  } catch {
    return [];
  }
}

function send(pid: number, name: NodeJS.Signals): void {
  try {
    kill(pid, name);
  } catch {
    // It has ended by itself, or is another user's.
  }
}

import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** How often to look, milliseconds. */
const PAUSE = 2;

/**
 * Waits until a process has become the program that it is for: what starts it gives way to it at execve(2). `find`
 * tells its number once it is known. False when `ended` is aborted before that is seen.
 */
export async function hasStarted(
  find: () => number | undefined,
  { isStarter, ended }: { readonly isStarter: (program: string) => boolean; readonly ended: AbortSignal },
): Promise<boolean> {
  while (!ended.aborted) {
    const pid = find();
    const program = pid === undefined ? undefined : programOf(pid);
    if (program !== undefined && !isStarter(program)) return true;
    await sleep(PAUSE, undefined, { signal: ended }).catch(() => undefined);
  }
  return false;
}

/** The number in a file, which may be there half. */
export function pidIn(file: string): number | undefined {
  try {
    return Number.parseInt(readFileSync(file, "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** The first child of a process (proc(5), children). */
export function childOf(pid: number): number | undefined {
  return pidIn(`/proc/${pid}/task/${pid}/children`);
}

function programOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return undefined;
  }
}

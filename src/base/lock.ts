import { closeSync, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { flock, LOCK_EX, LOCK_NB, LOCK_SH } from "./syscalls.ts";

/** A lock on a file, held by the kernel for as long as this process lives or until disposed. */
export interface FileLock extends Disposable {}

/** Takes the lock at once, or returns undefined when somebody holds it against us. */
export function tryLock(path: string, mode: "shared" | "exclusive"): FileLock | undefined {
  const fd = openSync(path, "a", 0o644);
  try {
    if (flock(fd, (mode === "shared" ? LOCK_SH : LOCK_EX) | LOCK_NB))
      return { [Symbol.dispose]: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  closeSync(fd);
  return undefined;
}

/** Waits for the lock, asking every few milliseconds, and gives up when `signal` is aborted. */
export async function lock(
  path: string,
  mode: "shared" | "exclusive",
  signal?: AbortSignal,
): Promise<FileLock> {
  for (let delay = 2; ; delay = Math.min(delay * 2, 100)) {
    const held = tryLock(path, mode);
    if (held) return held;
    await sleep(delay, undefined, signal ? { signal } : {});
  }
}

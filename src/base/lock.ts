import { closeSync, constants, openSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { throwIfCancelled } from "./errors.ts";
import { diskError } from "./files.ts";
import { flock, LOCK_EX, LOCK_NB, LOCK_SH } from "./syscalls.ts";

/** A lock on a file, held by the kernel for as long as this process lives or until disposed. */
export interface FileLock extends Disposable {}

/** Takes the lock at once, or returns undefined when somebody holds it against us. */
export function tryLock(path: string, mode: "shared" | "exclusive"): FileLock | undefined {
  return locked(opened(path, "a"), mode);
}

/**
 * Waits for the lock, asking every few milliseconds; `user-cancelled` when `signal` is aborted meanwhile or was before.
 * `waits` is called once, when somebody else has it.
 */
export async function lock(
  path: string,
  mode: "shared" | "exclusive",
  signal?: AbortSignal,
  waits?: () => void,
): Promise<FileLock> {
  return waited(() => tryLock(path, mode), signal, waits);
}

/** Waits in the same way for the exclusive lock of a folder, in which no file is made for it. */
export async function lockFolder(path: string, signal?: AbortSignal): Promise<FileLock> {
  return waited(() => locked(opened(path, constants.O_RDONLY | constants.O_DIRECTORY), "exclusive"), signal);
}

function opened(path: string, flags: string | number): number {
  try {
    return openSync(path, flags, 0o644);
  } catch (error) {
    throw diskError(error, path);
  }
}

function locked(fd: number, mode: "shared" | "exclusive"): FileLock | undefined {
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

async function waited(
  take: () => FileLock | undefined,
  signal?: AbortSignal,
  waits?: () => void,
): Promise<FileLock> {
  for (let delay = 2; ; delay = Math.min(delay * 2, 100)) {
    throwIfCancelled(signal);
    const held = take();
    if (held) return held;
    if (delay === 2) waits?.();
    // An abort ends the sleep, and is told by the next turn.
    await sleep(delay, undefined, signal ? { signal } : {}).catch(() => {});
  }
}

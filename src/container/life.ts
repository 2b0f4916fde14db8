import { TareError } from "../base/index.ts";
import type { ContainerHealth, ContainerState, OwnContainer } from "../store/index.ts";

/** What has become of a container, told to the store whenever it changes. */
export interface ContainerLife {
  /** Resolves once its process runs. */
  readonly running: Promise<void>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  /** The process runs; what comes later changes nothing. */
  start(): void;
  /** Its process has ended, and will be started again. */
  pause(exitCode: number): void;
  finish(exitCode: number, facts?: { readonly isOutOfMemory: boolean }): void;
  fail(error: unknown): void;
  check(health: ContainerHealth): void;
}

export function containerLife(own: OwnContainer, now: () => number): ContainerLife {
  let state: ContainerState = { status: "created" };
  const set = (changes: Partial<ContainerState>) => {
    state = { ...state, ...changes };
    own.setState(state);
  };
  /** It goes on all the same; what a full disk did not take is written with the next change. */
  const setIfPossible = (changes: Partial<ContainerState>) => {
    try {
      set(changes);
    } catch {}
  };
  let isRunning = () => {};
  let hasEnded = (_code: number) => {};
  const running = new Promise<void>((resolve) => {
    isRunning = resolve;
  });
  const ended = new Promise<number>((resolve) => {
    hasEnded = resolve;
  });
  const finish: ContainerLife["finish"] = (
    exitCode,
    { isOutOfMemory = false } = { isOutOfMemory: false },
  ) => {
    set({ status: "exited", finishedAt: now(), exitCode, ...(isOutOfMemory && { isOutOfMemory }) });
    hasEnded(exitCode);
  };
  return {
    running,
    ended,
    start() {
      if (state.status !== "created" && state.status !== "restarting") return;
      setIfPossible({ status: "running", startedAt: now() });
      isRunning();
    },
    pause(exitCode) {
      const { health: _health, restarts = 0, ...rest } = state;
      state = rest;
      setIfPossible({ status: "restarting", finishedAt: now(), exitCode, restarts: restarts + 1 });
    },
    finish,
    fail(error) {
      // What it has ended with is known already when a full disk did not take that.
      const exitCode = state.exitCode ?? codeOf(error);
      if (state.status !== "created") return finish(exitCode);
      set({ exitCode, error: error instanceof Error ? error.message : String(error) });
      hasEnded(exitCode);
    },
    check: (health) => {
      if (state.status === "running") set({ health });
    },
  };
}

/** As Docker's client leaves with; what was cancelled was killed. */
function codeOf(error: unknown): number {
  const code = error instanceof TareError ? error.code : undefined;
  if (code === "user-cancelled") return 137;
  if (code === "exec-not-executable") return 126;
  return code === "exec-not-found" ? 127 : 128;
}

import { TareError } from "../base/index.ts";
import type { BuildEvent } from "../solver/index.ts";

/** Bytes between two events: more of them would tell nobody more. */
const STEP = 1 << 20;

/**
 * Work with a registry as the one step of a build's events, with its progress. What is only tried, and can be had in another
 * way, is called off when it fails.
 */
export async function transferStep<T>(
  name: string,
  {
    emit,
    now,
    isTrial = false,
  }: {
    readonly emit: (event: BuildEvent) => void;
    readonly now: () => number;
    readonly isTrial?: boolean;
  },
  work: (onProgress: (current: number, total: number) => void) => Promise<T>,
): Promise<T> {
  emit({ type: "plan", steps: [{ id: name, name, inputs: [] }] });
  emit({ type: "step-started", step: name, at: now() });
  let told = 0;
  try {
    const result = await work((current, total) => {
      if (current < total && current - told < STEP) return;
      told = current;
      emit({ type: "step-progress", step: name, what: "bytes", current, total, at: now() });
    });
    emit({ type: "step-ended", step: name, outcome: "done", at: now() });
    return result;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const cancelled = isTrial || (error instanceof TareError && error.code === "user-cancelled");
    emit({ type: "step-ended", step: name, outcome: cancelled ? "cancelled" : "failed", message, at: now() });
    throw error;
  }
}

import { TareError } from "../base/index.ts";
import type { BuildEvent } from "../solver/index.ts";

/** Bytes between two events: more of them would tell nobody more. */
const STEP = 1 << 20;

/** Work with a registry as the one step of a build's events, with its progress. */
export async function transferStep<T>(
  name: string,
  { emit, now }: { readonly emit: (event: BuildEvent) => void; readonly now: () => number },
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
    const cancelled = error instanceof TareError && error.code === "user-cancelled";
    emit({ type: "step-ended", step: name, outcome: cancelled ? "cancelled" : "failed", message, at: now() });
    throw error;
  }
}

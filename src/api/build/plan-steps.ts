import { defined } from "../../base/index.ts";
import { openCaches } from "../caches/imported-cache.ts";
import type { BuildJob } from "./job.ts";
import { isStep, type LookPlace, lookAtJob } from "./look-job.ts";

/** A step as `--plan` shows it. */
export interface PlannedStep {
  readonly name: string;
  /** `hit`: its result is known, or nothing needs it any more. */
  readonly outcome: "hit" | "run";
  /** Why it runs. */
  readonly reason?: string;
  /** The cache of other machines that has its result. */
  readonly source?: string;
}

/** Looks at the cache and runs nothing: which steps would run, and why. */
export async function planSteps(
  job: BuildJob,
  place: LookPlace,
  signal: AbortSignal,
): Promise<readonly PlannedStep[]> {
  await using caches = await openCaches(job, place, signal);
  await using looked = await lookAtJob(job, { ...place, ...defined({ imported: caches.imported }) }, signal);
  const { plan, prepared, memory, keys } = looked;
  const needed = await memory.explain(prepared.needed.filter(isStep), keys);
  const reasons = new Map(needed.map(({ vertex, reason }) => [vertex, reason]));
  return plan.graph.vertices.filter(isStep).map((vertex) => {
    const reason = reasons.get(vertex);
    const source = prepared.sources.get(vertex.digest);
    return {
      name: vertex.name,
      outcome: reason === undefined ? "hit" : "run",
      ...defined({ reason, source }),
    };
  });
}

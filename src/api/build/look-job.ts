import { defined } from "../../base/index.ts";
import type { Vertex } from "../../graph/index.ts";
import { createHttpClient } from "../../net/index.ts";
import {
  type BuildEvent,
  type CacheKey,
  collectRecords,
  type ImportedCache,
  type KnownRecords,
  type Prepared,
  prepare,
} from "../../solver/index.ts";
import { openStore, type Store } from "../../store/index.ts";
import { isRecipeName } from "../bases/recipes.ts";
import type { Workplace } from "../workplace.ts";
import type { BuildJob } from "./job.ts";
import { operationsFor } from "./operations.ts";
import { type JobPlan, planJob } from "./plan-job.ts";
import { SOURCE_HINTS } from "./remote-operations.ts";
import { openStepMemory, type StepMemory } from "./step-memory.ts";

/** Where a job is looked at, and where what it tells goes. */
export interface LookPlace {
  readonly workplace: Workplace;
  readonly emit: (event: BuildEvent) => void;
  /** What builds elsewhere have made. */
  readonly imported?: ImportedCache;
}

/** A job whose cache was looked at: nothing has run, everything that can be known is known. */
export interface LookedAt extends AsyncDisposable {
  readonly store: Store;
  readonly plan: JobPlan;
  readonly prepared: Prepared;
  readonly memory: StepMemory;
  /** Grows while the job runs. */
  readonly keys: ReadonlyMap<Vertex, CacheKey>;
  /** What is known of the steps, for other machines; complete when the job has run. */
  records(): Promise<KnownRecords>;
}

export async function lookAtJob(
  job: BuildJob,
  { workplace, emit, imported }: LookPlace,
  signal: AbortSignal,
): Promise<LookedAt> {
  const store = await openStore(job.root, { userNamespace: workplace.userNamespace });
  const plan = await planJob(job, { store, workplace, emit }, signal);
  const client = createHttpClient(job.environment, SOURCE_HINTS);
  try {
    const operationOf = operationsFor(job, plan, { store, workplace, emit, client, signal });
    const { graph, locate } = plan;
    const keys = new Map<Vertex, CacheKey>();
    const onKey = (vertex: Vertex, key: CacheKey) => {
      if (isStep(vertex)) keys.set(vertex, key);
    };
    const { now } = workplace;
    const request = { graph, store, operationOf, locate, emit, now, onKey, ...defined({ imported }) };
    const prepared = await prepare(request, signal);
    const memory = await openStepMemory(job, graph, { store, operationOf });
    return {
      store,
      plan,
      prepared,
      memory,
      keys,
      records: () => collectRecords(request, keys),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

/** A step that has a result to remember; sources are looked at anew every time. */
export function isStep({ op }: Vertex): boolean {
  return op.type !== "source" || isRecipeName(op.identifier);
}

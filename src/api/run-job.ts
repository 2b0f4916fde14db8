import type { Writable } from "node:stream";
import { defined } from "../base/index.ts";
import type { ExportImage, ExportRequest } from "../export/index.ts";
import type { Vertex } from "../graph/index.ts";
import { createHttpClient } from "../net/index.ts";
import { parseReference } from "../oci/index.ts";
import {
  type BuildEvent,
  type BuildResult,
  type CacheKey,
  type Prepared,
  prepare,
  type Snapshot,
  type StepInfo,
} from "../solver/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { imageConfigBytes } from "./image-config.ts";
import type { BuildJob } from "./job.ts";
import { operationsFor } from "./operations.ts";
import { type JobPlan, planJob } from "./plan-job.ts";
import { SOURCE_HINTS } from "./remote-operations.ts";
import { openStepMemory, type StepMemory } from "./step-memory.ts";
import type { Workplace } from "./workplace.ts";

const EXPORT_STEP = "export";

/** Where a job runs, and where what it tells and writes goes. */
export interface JobPlace {
  readonly workplace: Workplace;
  readonly emit: (event: BuildEvent) => void;
  /** For outputs with `dest: "-"`. */
  readonly stdout?: Writable;
}

/** How a job went: a result, or the news that it needs the engine (nothing was done or told yet). */
export type JobOutcome = { readonly result: BuildResult } | { readonly needsEngine: true };

/**
 * Runs a build job in this process: plan, look at the cache, run what is missing, make the image, export.
 * Outside the engine it goes as far as it can without privileges, which is all the way when nothing has to run.
 */
export async function runJob(job: BuildJob, place: JobPlace, signal: AbortSignal): Promise<JobOutcome> {
  const { workplace, emit } = place;
  await using looked = await lookAtJob(job, place, signal);
  const { store, plan, prepared, memory, keys } = looked;
  if (!workplace.engine && needsEngine(job, prepared.needed, prepared.known)) return { needsEngine: true };
  emit({ type: "plan", steps: stepsOf(plan) });
  for (const notice of plan.notices) emit({ type: "notice", ...notice });
  for (const { vertex, reason } of await memory.explain(prepared.needed.filter(isStep), keys))
    emit({ type: "step-missed", step: vertex.digest, reason });
  try {
    const snapshot = await prepared.run();
    return { result: await finish(job, { ...place, plan, snapshot, store }, signal) };
  } finally {
    await memory.save(keys);
  }
}

/** A job whose cache was looked at: nothing has run, everything that can be known is known. */
interface LookedAt extends AsyncDisposable {
  readonly store: Store;
  readonly plan: JobPlan;
  readonly prepared: Prepared;
  readonly memory: StepMemory;
  /** Grows while the job runs. */
  readonly keys: ReadonlyMap<Vertex, CacheKey>;
}

async function lookAtJob(
  job: BuildJob,
  { workplace, emit }: JobPlace,
  signal: AbortSignal,
): Promise<LookedAt> {
  const store = await openStore(job.root, { userNamespace: workplace.userNamespace });
  const plan = await planJob(job, store, workplace.arch);
  const client = createHttpClient(job.environment, SOURCE_HINTS);
  try {
    const operationOf = operationsFor(job, plan, { store, workplace, emit, client, signal });
    const { graph, locate } = plan;
    const keys = new Map<Vertex, CacheKey>();
    const onKey = (vertex: Vertex, key: CacheKey) => {
      if (isStep(vertex)) keys.set(vertex, key);
    };
    const prepared = await prepare({ graph, store, operationOf, locate, emit, onKey }, signal);
    const memory = await openStepMemory(job, graph, { store, operationOf });
    return {
      store,
      plan,
      prepared,
      memory,
      keys,
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  } catch (error) {
    await client[Symbol.asyncDispose]();
    throw error;
  }
}

/** A step that has a result to remember; sources are looked at anew every time. */
function isStep({ op }: Vertex): boolean {
  return op.type !== "source" || op.identifier.startsWith("recipe://");
}

/** A step as `--plan` shows it. */
export interface PlannedStep {
  readonly name: string;
  /** `hit`: its result is known, or nothing needs it any more. */
  readonly outcome: "hit" | "run";
  /** Why it runs. */
  readonly reason?: string;
}

/** Looks at the cache and runs nothing: which steps would run, and why. */
export async function planSteps(
  job: BuildJob,
  place: JobPlace,
  signal: AbortSignal,
): Promise<readonly PlannedStep[]> {
  await using looked = await lookAtJob(job, place, signal);
  const { plan, prepared, memory, keys } = looked;
  const needed = await memory.explain(prepared.needed.filter(isStep), keys);
  const reasons = new Map(needed.map(({ vertex, reason }) => [vertex, reason]));
  return plan.graph.vertices.filter(isStep).map((vertex) => {
    const reason = reasons.get(vertex);
    return { name: vertex.name, outcome: reason === undefined ? "hit" : "run", ...defined({ reason }) };
  });
}

/**
 * RUN and composing need namespaces. So does reading a directory layer whose files belong to other users,
 * which as root is no obstacle.
 */
function needsEngine(job: BuildJob, needed: readonly Vertex[], known: readonly Snapshot[]): boolean {
  const steps = needed.some(
    ({ op }) => op.type === "exec" || (op.type === "source" && op.identifier.startsWith("recipe://")),
  );
  if (steps) return true;
  return needed.length > 0 || job.outputs.length > 0
    ? known.some(({ layers }) => layers.some(({ form }) => form === "directory"))
    : false;
}

function stepsOf(plan: JobPlan): readonly StepInfo[] {
  const steps = plan.graph.vertices.map((vertex) => {
    const location = plan.locate(vertex);
    return { id: vertex.digest, name: vertex.name, inputs: vertex.inputs, ...(location && { location }) };
  });
  return [
    ...steps,
    {
      id: EXPORT_STEP,
      name: "exporting to image",
      inputs: plan.graph.result === undefined ? [] : [plan.graph.result],
    },
  ];
}

interface Finished extends JobPlace {
  readonly plan: JobPlan;
  readonly snapshot: Snapshot;
  readonly store: Store;
}

/** Makes the image of the result and hands it to where it is wanted. */
async function finish(job: BuildJob, finished: Finished, signal: AbortSignal): Promise<BuildResult> {
  const { snapshot, emit } = finished;
  emit({ type: "step-started", step: EXPORT_STEP, at: Date.now() });
  const size = snapshot.layers.reduce((sum, layer) => sum + layer.size, 0);
  const image = await storedImage(job, finished);
  let manifest: BuildResult["manifest"];
  for (const output of job.outputs) {
    const request = { ...output, ...defined({ sourceDateEpoch: job.epoch, stdout: finished.stdout }) };
    const onNotice: ExportRequest["onNotice"] = (notice) => emit({ type: "notice", ...notice });
    const { exportImage } = await import("../export/index.ts");
    const descriptor = await exportImage(
      image,
      { ...request, blobs: finished.store.blobs, onNotice },
      signal,
    );
    manifest = descriptor?.digest ?? manifest;
  }
  emit({ type: "step-ended", step: EXPORT_STEP, outcome: "done", at: Date.now() });
  return {
    ...(image.id !== undefined && { imageId: image.id }),
    ...(manifest !== undefined && { manifest }),
    names: job.names,
    size,
  };
}

/** Puts the image into the store, unless only files were asked for. */
async function storedImage(
  job: BuildJob,
  { plan, snapshot, store, workplace }: Finished,
): Promise<ExportImage & { readonly id?: BuildResult["imageId"] }> {
  const onlyFiles =
    job.outputs.length > 0 &&
    job.names.length === 0 &&
    job.outputs.every(({ type }) => type === "tar" || type === "local");
  const settled = onlyFiles ? undefined : store.layers.settle(snapshot.layers);
  const diffIds = onlyFiles ? [] : await Promise.all(snapshot.layers.map((layer) => layer.diffId()));
  const now = workplace.now();
  const config = imageConfigBytes(plan.image, diffIds, {
    layers: snapshot.created,
    now,
    ...(job.epoch !== undefined && { epoch: job.epoch }),
  });
  const image = { config, layers: snapshot.layers, names: job.names };
  if (onlyFiles) return image;
  await settled;
  const record = await store.images.put({
    config,
    layers: snapshot.layers,
    platform: plan.image.platform,
    storedAt: now,
  });
  for (const name of job.names) await store.images.tag(parseReference(name), record.id);
  return { ...image, id: record.id };
}

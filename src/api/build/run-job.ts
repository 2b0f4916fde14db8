import type { Writable } from "node:stream";
import { type Digest, defined, TareError } from "../../base/index.ts";
import {
  type BuildEvent,
  type BuildResult,
  emptySnapshot,
  type Snapshot,
  type StepInfo,
  type StepOutcome,
} from "../../solver/index.ts";
import { dropDamaged } from "../../store/index.ts";
import type { BuiltRecords } from "../caches/cache-records.ts";
import { openCaches } from "../caches/imported-cache.ts";
import { finishBuild } from "./finish-build.ts";
import type { BuildJob } from "./job.ts";
import { jobNotices } from "./job-notices.ts";
import { isStep, type LookedAt, type LookPlace } from "./look-job.ts";
import { type Elsewhere, lookUntilWhole } from "./look-until-whole.ts";
import type { ImagePlan, JobPlan } from "./plan-job.ts";
import { recordTimeline, type TimelineStep } from "./timeline.ts";

const EXPORT_STEP = "export";

/** Where a job runs, and where what it tells and writes goes. */
export interface JobPlace extends LookPlace {
  /** For outputs with `dest: "-"`. */
  readonly stdout?: Writable;
  /** Of the files and folders of outputs; default: this process's own. */
  readonly umask?: number;
}

/** What a job has come to, with what other machines are to get, where the job wants that. */
export interface JobResult {
  readonly result: BuildResult;
  readonly records?: BuiltRecords;
  /** Ids of the cache mounts of its steps. */
  readonly cacheMounts?: readonly string[];
}

/** How a job went: a result, or the news that it needs the engine (nothing was done or told yet). */
export type JobOutcome = JobResult | ({ readonly needsEngine: true } & Elsewhere);

/**
 * Runs a build job in this process: plan, look at the cache, run what is missing, make the image, export.
 * Outside the engine it goes as far as it can without privileges, which is all the way when nothing has to run.
 */
export async function runJob(job: BuildJob, place: JobPlace, signal: AbortSignal): Promise<JobOutcome> {
  const { workplace, emit } = place;
  const startedAt = workplace.now();
  const recorder = recordTimeline();
  const noting = (event: BuildEvent) => {
    recorder.note(event);
    emit(event);
  };
  await using caches = await openCaches(job, { workplace, emit }, signal);
  const found = await lookUntilWhole(
    job,
    { workplace, emit: noting, ...defined({ imported: caches.imported }) },
    signal,
  );
  if ("images" in found) return { needsEngine: true, images: found.images };
  await using looked = found;
  const { store, plan, prepared, memory, keys } = looked;
  noting({ type: "plan", steps: stepsOf(plan) });
  for (const notice of [...plan.notices, ...jobNotices(job)]) emit({ type: "notice", ...notice });
  const missed = await memory.explain(prepared.needed.filter(isStep), keys);
  for (const { vertex, reason } of missed) emit({ type: "step-missed", step: vertex.digest, reason });
  try {
    const made = await prepared.run();
    const images = plan.targets.map((target) => ({ plan: target, snapshot: snapshotOf(target, made) }));
    const snapshots = images.map(({ snapshot }) => snapshot);
    const known = await recordsOf(job, looked, snapshots);
    const { isIndex } = plan;
    const finished = { ...place, emit: noting, step: EXPORT_STEP, images, isIndex, store, ...known };
    const { result, ids } = await finishBuild(job, finished, signal).catch(async (error) => {
      await dropDamaged(
        snapshots.flatMap(({ layers }) => layers),
        error,
      );
      throw error;
    });
    if (ids.length > 0) {
      const { recordBuild } = await import("./build-record.ts");
      const reasons = new Map(missed.map(({ vertex, reason }) => [vertex, reason]));
      const times = { startedAt, endedAt: workplace.now(), timeline: recorder.timeline() };
      const built = { keys, reasons, tookOf: memory.tookOf, ...times };
      for (const [at, target] of plan.targets.entries())
        await recordBuild(store, ids[at] as Digest, { ...built, plan: target }).catch((error: unknown) =>
          emit(notRecorded(error)),
        );
    }
    return { result, ...known, ...(job.cacheMountsTo.length > 0 && { cacheMounts: mountsOf(plan) }) };
  } finally {
    // A step that failed has a key and no result: the next build has nothing to compare itself with.
    const ended = new Map(recorder.timeline().steps.map((step) => [step.id, step]));
    await memory.save(
      new Map([...keys].filter(([{ digest }]) => isSuccess(ended.get(digest)?.outcome))),
      tookBy([...ended.values()]),
    );
  }
}

/** The image is there with its names: what is lost is only what `tare report` would show of its steps. */
function notRecorded(error: unknown): BuildEvent {
  if (!(error instanceof TareError)) throw error;
  return {
    type: "notice",
    code: "build-not-recorded",
    message: `the build is not recorded: ${error.message}`,
  };
}

function snapshotOf({ graph }: ImagePlan, made: ReadonlyMap<Digest, Snapshot>): Snapshot {
  const [result] = graph.results;
  return (result && made.get(result)) ?? emptySnapshot();
}

/** What this build knows, where somebody wants it. */
async function recordsOf(
  { cacheTo, inlineCache }: BuildJob,
  { records }: LookedAt,
  snapshots: readonly Snapshot[],
): Promise<Pick<JobResult, "records">> {
  if (cacheTo.length === 0 && !inlineCache) return {};
  const { builtRecords } = await import("../caches/cache-records.ts");
  return { records: builtRecords(await records(), snapshots) };
}

function mountsOf({ graph }: JobPlan): readonly string[] {
  const mounts = graph.vertices.flatMap(({ op }) => (op.type === "exec" ? op.mounts : []));
  return [...new Set(mounts.flatMap((mount) => (mount.type === "cache" ? [mount.id] : [])))];
}

function isSuccess(outcome: StepOutcome | undefined): boolean {
  return outcome === "done" || outcome === "cached";
}

/** How long the steps that ran took, by their ids. */
function tookBy(steps: readonly TimelineStep[]): ReadonlyMap<string, number> {
  return new Map(
    steps.flatMap(({ id, startedAt, endedAt }) =>
      startedAt === undefined || endedAt === undefined ? [] : [[id, endedAt - startedAt] as const],
    ),
  );
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
      inputs: plan.graph.results,
    },
  ];
}

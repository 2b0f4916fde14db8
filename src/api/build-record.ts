import { type Digest, defined } from "../base/index.ts";
import type { Vertex } from "../graph/index.ts";
import type { CacheKey } from "../solver/index.ts";
import type { BuildRecord, BuildStep, Store } from "../store/index.ts";
import type { JobPlan } from "./plan-job.ts";
import { ownerOf, stageRecords } from "./stage-records.ts";
import { type Layered, openLayerSizes } from "./step-layers.ts";
import type { Timeline, TimelineStep } from "./timeline.ts";

/** A build that is over, and what was told while it went on. */
export interface FinishedBuild {
  readonly plan: JobPlan;
  readonly keys: ReadonlyMap<Vertex, CacheKey>;
  readonly timeline: Timeline;
  /** How long the step with this key took when it last ran, milliseconds. */
  readonly tookOf: (key: Digest) => number | undefined;
  readonly reasons: ReadonlyMap<Vertex, string>;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/**
 * Remembers how an image was built: what `tare report` shows of its stages and steps. A build in which nothing ran
 * leaves the record of the one that made the image.
 */
export async function recordBuild(store: Store, image: Digest, build: FinishedBuild): Promise<void> {
  const { graph } = build.plan;
  const ran = build.timeline.steps.some(({ id, startedAt }) => id !== EXPORT && startedAt !== undefined);
  if (!ran && (await store.builds.get(image))) return;
  const layers = await openLayerSizes(store, build);
  const startedAt = Math.min(build.startedAt, build.timeline.startedAt || build.startedAt);
  const steps = new Map(build.timeline.steps.map((step) => [step.id, step]));
  const places = new Map(graph.vertices.map(({ digest }, place) => [digest, place]));
  const record: BuildRecord = {
    version: 1,
    startedAt,
    took: build.endedAt - startedAt,
    stages: stageRecords(build.plan, layers),
    steps: [
      ...graph.vertices.map((vertex) => stepRecord(vertex, { ...build, startedAt, layers, steps, places })),
      ...exportRecord(build, { startedAt, steps }),
    ],
  };
  await store.builds.put(image, record);
}

const EXPORT = "export";

interface Recording extends FinishedBuild {
  readonly layers: Layered;
  readonly steps: ReadonlyMap<string, TimelineStep>;
  readonly places: ReadonlyMap<Digest, number>;
}

function stepRecord(vertex: Vertex, recording: Recording): BuildStep {
  const { plan, keys, reasons, tookOf, layers, steps, places } = recording;
  const step = steps.get(vertex.digest);
  const key = keys.get(vertex);
  const times = step?.startedAt === undefined ? {} : timesOf(step, recording.startedAt);
  return {
    name: vertex.name,
    inputs: vertex.inputs.map((digest) => places.get(digest) as number),
    outcome: step?.outcome === "done" ? "done" : "cached",
    ...defined({
      stage: ownerOf(vertex, plan),
      took: key && step?.startedAt === undefined ? tookOf(key.digest) : undefined,
      size: layers.added(vertex),
      reason: reasons.get(vertex),
    }),
    ...times,
  };
}

/** Writing the image is the last step, on top of the result. */
function exportRecord(
  { plan: { graph }, timeline }: FinishedBuild,
  { startedAt, steps }: Pick<Recording, "startedAt" | "steps">,
): readonly BuildStep[] {
  const step = steps.get(EXPORT);
  if (!step || timeline.steps.length === 0) return [];
  // The result stands last.
  const inputs = graph.result === undefined ? [] : [graph.vertices.length - 1];
  return [{ name: step.name, inputs, outcome: "done", ...timesOf(step, startedAt) }];
}

function timesOf(
  { startedAt = 0, endedAt = startedAt, critical }: TimelineStep,
  start: number,
): Pick<BuildStep, "startedAt" | "took" | "critical"> {
  return { startedAt: startedAt - start, took: endedAt - startedAt, ...(critical && { critical }) };
}

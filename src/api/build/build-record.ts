import { type Digest, defined } from "../../base/index.ts";
import type { Vertex } from "../../graph/index.ts";
import type { CacheKey } from "../../solver/index.ts";
import type { BuildRecord, BuildStep, StepCopy, Store } from "../../store/index.ts";
import type { ImagePlan } from "./plan-job.ts";
import { ownerOf, stageRecords } from "./stage-records.ts";
import { type Layered, openLayerSizes } from "./step-layers.ts";
import type { Timeline, TimelineStep } from "./timeline.ts";

/** A build that is over, and what was told while it went on. */
export interface FinishedBuild {
  readonly plan: ImagePlan;
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
 * leaves the record of the one that made the image, but for lines that are elsewhere now.
 */
export async function recordBuild(store: Store, image: Digest, build: FinishedBuild): Promise<void> {
  const { graph } = build.plan;
  const ran = build.timeline.steps.some(({ id, startedAt }) => id !== EXPORT && startedAt !== undefined);
  const before = ran ? undefined : await store.builds.get(image);
  if (before) {
    const moved = withLines(before, graph.vertices);
    if (moved !== before) await store.builds.put(image, moved);
    return;
  }
  const layers = await openLayerSizes(store, build);
  const startedAt = Math.min(build.startedAt, build.timeline.startedAt || build.startedAt);
  const steps = new Map(build.timeline.steps.map((step) => [step.id, step]));
  const places = new Map(graph.vertices.map(({ digest }, place) => [digest, place]));
  const copied = new Set(graph.vertices.flatMap(copiedInputs));
  const record: BuildRecord = {
    version: 1,
    startedAt,
    took: build.endedAt - startedAt,
    stages: stageRecords(build.plan, layers),
    steps: [
      ...graph.vertices.map((vertex) =>
        stepRecord(vertex, { ...build, startedAt, layers, steps, places, copied }),
      ),
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
  /** What others copy from. */
  readonly copied: ReadonlySet<Digest>;
}

function stepRecord(vertex: Vertex, recording: Recording): BuildStep {
  const { plan, keys, reasons, tookOf, layers, steps, places, copied } = recording;
  const step = steps.get(vertex.digest);
  const key = keys.get(vertex);
  const added = layers.added(vertex);
  const times = step?.startedAt === undefined ? {} : timesOf(step, recording.startedAt);
  return {
    name: vertex.name,
    inputs: vertex.inputs.map((digest) => places.get(digest) as number),
    outcome: step?.outcome === "done" ? "done" : "cached",
    ...defined({
      stage: ownerOf(vertex, plan),
      took: key && step?.startedAt === undefined ? tookOf(key.digest) : undefined,
      size: added && layers.size(added),
      reason: reasons.get(vertex),
      lines: linesOf(vertex),
      added,
      result: copied.has(vertex.digest) ? layers.of(vertex.digest) : undefined,
      copies: copiesOf(vertex, places),
    }),
    ...times,
  };
}

function linesOf({ origin }: Vertex): BuildStep["lines"] {
  return origin && [origin.start.line, origin.end.line];
}

/** The record of a build of the same steps, with their places in the Dockerfile of today. */
function withLines(record: BuildRecord, vertices: readonly Vertex[]): BuildRecord {
  const names = record.steps.slice(0, vertices.length).map(({ name }) => name);
  const isSame = vertices.every(({ name }, at) => names[at] === name);
  const moved = vertices.some((vertex, at) => `${record.steps[at]?.lines}` !== `${linesOf(vertex)}`);
  if (!isSame || !moved) return record;
  const steps = record.steps.map((step, at) => {
    const lines = vertices[at] && linesOf(vertices[at]);
    return lines ? { ...step, lines } : step;
  });
  return { ...record, steps };
}

function copiedInputs({ op, inputs }: Vertex): readonly Digest[] {
  const copies = op.type === "file" ? op.actions.filter((action) => action.action === "copy") : [];
  return copies.flatMap(({ input }) => inputs[input] ?? []);
}

function copiesOf(
  { op, inputs }: Vertex,
  places: ReadonlyMap<Digest, number>,
): readonly StepCopy[] | undefined {
  const actions = op.type === "file" ? op.actions : [];
  const copies = actions.flatMap((action) => {
    if (action.action !== "copy") return [];
    const { source, wildcard, destination, exclude, include, unpack } = action;
    const input = places.get(inputs[action.input] as Digest) as number;
    return [
      { input, source, wildcard, destination, exclude, ...defined({ include }), ...(unpack && { unpack }) },
    ];
  });
  return copies.length > 0 ? copies : undefined;
}

/** Writing the image is the last step, on top of the result. */
function exportRecord(
  { plan: { graph }, timeline }: FinishedBuild,
  { startedAt, steps }: Pick<Recording, "startedAt" | "steps">,
): readonly BuildStep[] {
  const step = steps.get(EXPORT);
  if (!step || timeline.steps.length === 0) return [];
  // The result stands last.
  const inputs = graph.results.length === 0 ? [] : [graph.vertices.length - 1];
  return [{ name: step.name, inputs, outcome: "done", ...timesOf(step, startedAt) }];
}

function timesOf(
  { startedAt = 0, endedAt = startedAt, critical }: TimelineStep,
  start: number,
): Pick<BuildStep, "startedAt" | "took" | "critical"> {
  return { startedAt: startedAt - start, took: endedAt - startedAt, ...(critical && { critical }) };
}

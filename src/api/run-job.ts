import type { Writable } from "node:stream";
import { defined, TareError } from "../base/index.ts";
import type { ExportImage, ExportRequest } from "../export/index.ts";
import { parseReference } from "../oci/index.ts";
import type { ImageProvenance } from "../provenance/index.ts";
import type { BuildEvent, BuildResult, Snapshot, StepInfo, StepOutcome } from "../solver/index.ts";
import { dropDamaged, type Store } from "../store/index.ts";
import { leavesLayers } from "./base-image.ts";
import { buildProvenance } from "./build-provenance.ts";
import type { BuiltRecords } from "./cache-records.ts";
import { imageConfigBytes } from "./image-config.ts";
import { openCaches } from "./imported-cache.ts";
import type { BuildJob } from "./job.ts";
import { jobNotices } from "./job-notices.ts";
import { isStep, type LookedAt, type LookPlace } from "./look-job.ts";
import { type Elsewhere, lookUntilWhole } from "./look-until-whole.ts";
import type { JobPlan } from "./plan-job.ts";
import { stillPromised } from "./promised-layers.ts";
import { recordTimeline, type TimelineStep } from "./timeline.ts";

const EXPORT_STEP = "export";

/** Where a job runs, and where what it tells and writes goes. */
export interface JobPlace extends LookPlace {
  /** For outputs with `dest: "-"`. */
  readonly stdout?: Writable;
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
    const snapshot = await prepared.run();
    const known = await recordsOf(job, looked, snapshot);
    const finished = { ...place, emit: noting, plan, snapshot, store, ...known };
    const result = await finish(job, finished, signal).catch(async (error) => {
      await dropDamaged(snapshot.layers, error);
      throw error;
    });
    if (result.imageId !== undefined) {
      const { recordBuild } = await import("./build-record.ts");
      const reasons = new Map(missed.map(({ vertex, reason }) => [vertex, reason]));
      const times = { startedAt, endedAt: workplace.now(), timeline: recorder.timeline() };
      const built = { plan, keys, reasons, tookOf: memory.tookOf, ...times };
      await recordBuild(store, result.imageId, built).catch((error: unknown) => emit(notRecorded(error)));
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

/** What this build knows, where somebody wants it. */
async function recordsOf(
  { cacheTo, inlineCache }: BuildJob,
  { records }: LookedAt,
  snapshot: Snapshot,
): Promise<Pick<JobResult, "records">> {
  if (cacheTo.length === 0 && !inlineCache) return {};
  const { builtRecords } = await import("./cache-records.ts");
  return { records: builtRecords(await records(), snapshot) };
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
      inputs: plan.graph.result === undefined ? [] : [plan.graph.result],
    },
  ];
}

interface Finished extends JobPlace, Pick<JobResult, "records"> {
  readonly plan: JobPlan;
  readonly snapshot: Snapshot;
  readonly store: Store;
}

/** Makes the image of the result and hands it to where it is wanted; only then it is in the store, with its names. */
async function finish(job: BuildJob, finished: Finished, signal: AbortSignal): Promise<BuildResult> {
  const { snapshot, emit } = finished;
  const { now } = finished.workplace;
  emit({ type: "step-started", step: EXPORT_STEP, at: now() });
  const size = snapshot.layers.reduce((sum, layer) => sum + layer.size, 0);
  const stored = isStored(job);
  // Outputs are written and digests found meanwhile.
  const settled = stored ? finished.store.layers.settle(snapshot.layers) : Promise.resolve();
  settled.catch(() => undefined);
  const config = await configOf(job, finished);
  const image = { config, layers: snapshot.layers, names: job.names };
  const provenance = await buildProvenance(job, { ...finished, layers: snapshot.layers.length });
  const manifest = await exportAll(job, { ...finished, image, provenance }, signal).catch(async (error) => {
    await settled.catch(() => undefined);
    throw error;
  });
  const id = stored ? await storeImage(job, { ...finished, config, settled, provenance }) : undefined;
  for (const line of summary({ id, names: job.names }))
    emit({ type: "step-log", step: EXPORT_STEP, stream: "stdout", data: `${line}\n`, at: now() });
  emit({ type: "step-ended", step: EXPORT_STEP, outcome: "done", at: now() });
  return {
    ...(id !== undefined && { imageId: id }),
    ...(manifest !== undefined && { manifest }),
    names: job.names,
    size,
  };
}

/** Writes every output, one after the other; the digest of the last manifest that one of them has. */
async function exportAll(
  job: BuildJob,
  { image: plain, snapshot, store, emit, stdout, provenance }: Finished & Documented,
  signal: AbortSignal,
): Promise<BuildResult["manifest"]> {
  const image = await withDocuments(job, { image: plain, files: snapshot, emit, provenance }, signal);
  const onNotice: ExportRequest["onNotice"] = (notice) => emit({ type: "notice", ...notice });
  let manifest: BuildResult["manifest"];
  for (const output of job.outputs) {
    const request = { ...output, ...defined({ sourceDateEpoch: job.epoch, stdout }) };
    const { exportImage } = await import("../export/index.ts");
    const descriptor = await exportImage(image, { ...request, blobs: store.blobs, onNotice }, signal);
    manifest = descriptor?.digest ?? manifest;
  }
  return manifest;
}

interface Documented {
  readonly image: ExportImage;
  readonly provenance: ImageProvenance;
}

/** The image with the documents that are wanted; only an OCI layout has a place for them. */
async function withDocuments(
  job: BuildJob,
  { image, files, emit, provenance }: Pick<JobPlace, "emit"> & Documented & { readonly files: Snapshot },
  signal: AbortSignal,
): Promise<ExportImage> {
  const { sbom, outputs, pushes, provenance: mode } = job;
  if (sbom.length === 0 && mode === undefined) return image;
  if (!outputs.some(({ type }) => type === "oci")) {
    // Who pushes attaches them in the registry.
    if (sbom.length > 0 && pushes.length === 0)
      emit({ type: "notice", code: "sbom-not-attached", message: NOT_ATTACHED });
    if (mode !== undefined && pushes.length === 0)
      emit({ type: "notice", code: "provenance-not-attached", message: NO_PLACE });
    return image;
  }
  const [{ sbomAttachments }, { parametersOf, provenanceAttachment }] = await Promise.all([
    import("./sbom-documents.ts"),
    import("./provenance-document.ts"),
  ]);
  const config = image.config(await Promise.all(image.layers.map((layer) => layer.diffId())));
  const lists = await sbomAttachments({ ...image, config, files }, sbom, signal);
  const facts = { config, names: image.names, provenance };
  const statement = mode && [provenanceAttachment({ ...facts, parameters: parametersOf(job, mode) })];
  return { ...image, attachments: [...lists, ...(statement ?? [])] };
}

const NOT_ATTACHED =
  "an SBOM is attached to images in outputs of type oci and in registries only; tare sbom IMAGE prints that of an image in the store";
const NO_PLACE =
  "provenance is attached to images in outputs of type oci and in registries only; tare why answers for images of the store without it";

function summary({
  id,
  names,
}: {
  readonly id: BuildResult["imageId"] | undefined;
  readonly names: readonly string[];
}): readonly string[] {
  return id === undefined ? [] : [`writing image ${id}`, ...names.map((name) => `naming to ${name}`)];
}

/** Where only files were asked for, the image is in them alone. */
function isStored({ outputs, names }: BuildJob): boolean {
  return (
    outputs.length === 0 || names.length > 0 || outputs.some(({ type }) => type !== "tar" && type !== "local")
  );
}

async function configOf(job: BuildJob, finished: Finished): Promise<ExportImage["config"]> {
  const { plan, snapshot, workplace, records } = finished;
  const times = {
    layers: snapshot.created,
    comments: snapshot.comments,
    now: workplace.now(),
    ...defined({ epoch: job.epoch }),
  };
  const plain: ExportImage["config"] = (diffIds) => imageConfigBytes(plan.image, diffIds, times);
  if (!job.inlineCache || !records) return plain;
  const { withInlineCache } = await import("./cache-records.ts");
  return withInlineCache(plain, { records, image: snapshot });
}

/**
 * Puts the image of the result into the store, with its names, once its layers are on the disk. What was exported
 * before has told their diffIDs.
 */
async function storeImage(
  job: BuildJob,
  {
    plan,
    snapshot,
    store,
    workplace,
    config,
    settled,
    provenance,
  }: Finished &
    Pick<ExportImage, "config"> &
    Pick<Documented, "provenance"> & { readonly settled: Promise<void> },
): Promise<BuildResult["imageId"]> {
  const { layers } = snapshot;
  const diffIds = await Promise.all(layers.map((layer) => layer.diffId()));
  await settled;
  const promised = await stillPromised(store, { layers, leave: leavesLayers(job) });
  const { id } = await store.images.put({
    config: config(diffIds),
    layers,
    ...defined({ promised }),
    provenance,
    platform: plan.image.platform,
    storedAt: workplace.now(),
  });
  for (const name of job.names) await store.images.tag(parseReference(name), id);
  return id;
}

import type { Readable, Writable } from "node:stream";
import { defined } from "../../base/index.ts";
import type { BuildEvent, BuildResult } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import { thisMachine, type Workplace } from "../workplace.ts";
import { openAgents } from "./agents.ts";
import { channel } from "./channel.ts";
import { refuseViolations } from "./check-before-build.ts";
import { type BuildJob, prepareJob, registryChoice } from "./job.ts";
import { type PlannedStep, planSteps } from "./plan-steps.ts";
import { type JobResult, runJob } from "./run-job.ts";
import { scratchFolder } from "./scratch-folder.ts";
import type { BuildRequest } from "./types.ts";

/** The streams of a build: a context or Dockerfile that arrives, an archive that leaves. */
export interface BuildStreams {
  readonly stdin?: Readable;
  /** For outputs with `dest: "-"`. */
  readonly stdout?: Writable;
}

/**
 * Builds an image from a Dockerfile: what `tare build` does. Yields events while it goes on, the last of
 * them `result`; leaving the loop early, or aborting, stops the build and cleans up. Throws `TareError`.
 *
 * The image is in the local store afterwards, under the tags of the request; outputs are written, and pushed, besides.
 */
export async function* build(
  request: BuildRequest,
  streams: BuildStreams = {},
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<BuildEvent, void> {
  await using scratch = scratchFolder();
  await using agents = await openAgents(request.ssh ?? {}, request.environment ?? {});
  const left = new AbortController();
  const both = AbortSignal.any([signal, left.signal]);
  const events = channel<BuildEvent>();
  const job = await prepareJob(request, {
    scratch: scratch.path,
    agents: agents.sockets,
    signal: both,
    ...(streams.stdin && { stdin: streams.stdin }),
  });
  await refuseViolations(job);
  const place = { emit: withoutRepetition(events.push), signal: both };
  const done = runAnywhere(job, streams, place)
    .then((result) => pushResult(result, { job, ...place }))
    .then((result) => events.push({ type: "result", result }))
    .then(events.end, events.fail);
  try {
    yield* events.items();
  } finally {
    left.abort();
    await done;
  }
}

/** What was noticed here, the engine may notice once more. */
function withoutRepetition(emit: (event: BuildEvent) => void): (event: BuildEvent) => void {
  const told = new Set<string>();
  return (event) => {
    const notice = event.type === "notice" ? JSON.stringify([event.code, event.message]) : undefined;
    if (notice !== undefined && told.has(notice)) return;
    if (notice !== undefined) told.add(notice);
    emit(event);
  };
}

/**
 * Looks at what a build would do and does nothing: which steps have a known result, and why the others would run. The
 * same lookups as in `build`; what only running a step would tell counts as running.
 */
export async function previewBuild(
  request: BuildRequest,
  streams: Pick<BuildStreams, "stdin"> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly PlannedStep[]> {
  await using scratch = scratchFolder();
  const job = await prepareJob(request, { scratch: scratch.path, signal, ...streams });
  const store = await openStore(job.root);
  await using _lease = await store.hold("tare build --plan");
  const place = { workplace: thisMachine(), emit: () => undefined };
  return await planSteps(await withCaches(job, place, signal), place, signal);
}

/** Here if that is enough, else in the engine; the lease is held out here, where everybody can see the process. */
async function runAnywhere(
  job: BuildJob,
  { stdout }: BuildStreams,
  { emit, signal }: BuildPlace,
): Promise<BuildResult> {
  const store = await openStore(job.root);
  await using _lease = await store.hold(`tare build ${job.names.join(" ")}`.trim());
  const output = stdout && { stdout };
  const workplace = thisMachine();
  const ready = await withCaches(job, { workplace, emit }, signal);
  const here = await runJob(ready, { workplace, emit, ...output }, signal);
  const outcome =
    "result" in here ? here : await inEngine({ ...ready, images: here.images }, { emit, signal, ...output });
  if (job.cacheTo.length + job.cacheMountsTo.length > 0) {
    const { exportCaches } = await import("../caches/export-caches.ts");
    await exportCaches(ready, { ...outcome, emit, now: workplace.now }, signal);
  }
  return outcome.result;
}

async function inEngine(
  params: BuildJob,
  { emit, signal, ...output }: BuildPlace & { readonly stdout?: Writable },
): Promise<JobResult> {
  const { callEngine } = await import("../../engine/index.ts");
  const call = { method: "build", params } as const;
  const found = await callEngine(call, { emit: (event) => emit(event as BuildEvent), ...output }, signal);
  return found as JobResult;
}

interface BuildPlace {
  readonly emit: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** Pushes the image by the names that are wanted: the result with the manifest that is in the registries now. */
async function pushResult(
  result: BuildResult,
  { job, emit, signal }: BuildPlace & { readonly job: BuildJob },
): Promise<BuildResult> {
  if (job.pushes.length === 0) return result;
  const { pushImage } = await import("../transfer/push.ts");
  const { root, sbom, provenance: mode } = job;
  const provenance = mode && (await import("./provenance-document.ts")).parametersOf(job, mode);
  const wanted = { root, sbom, ...defined({ provenance }), ...registryChoice(job) };
  let { manifest } = result;
  for (const name of job.pushes) {
    const images = await pushImage({ name, ...wanted }, emit, signal);
    manifest = images[0]?.digest ?? manifest;
  }
  return { ...result, ...(manifest !== undefined && { manifest }) };
}

/** The job with what its caches have turned out to be. */
async function withCaches(
  job: BuildJob,
  place: { readonly workplace: Workplace; readonly emit: (event: BuildEvent) => void },
  signal: AbortSignal,
): Promise<BuildJob> {
  if (job.cacheFrom.length + job.cacheMountsFrom.length === 0) return job;
  return (await import("../caches/import-caches.ts")).importCaches(job, place, signal);
}

import { type Digest, defined } from "../../base/index.ts";
import type { ExportImage, ExportIndex, ExportRequest } from "../../export/index.ts";
import { type Platform, parseReference } from "../../oci/index.ts";
import type { ImageProvenance } from "../../provenance/index.ts";
import type { BuildResult, Snapshot } from "../../solver/index.ts";
import type { Store, StoredLayer } from "../../store/index.ts";
import { stillPromised } from "../transfer/promised-layers.ts";
import { leavesLayers } from "./base-image.ts";
import { buildProvenance } from "./build-provenance.ts";
import { withTables } from "./estargz-layers.ts";
import { imageConfigBytes } from "./image-config.ts";
import type { BuildJob } from "./job.ts";
import type { ImagePlan } from "./plan-job.ts";
import type { JobPlace, JobResult } from "./run-job.ts";

/** What a build has come to, before anybody else has it. */
export interface MadeImages extends JobPlace, Pick<JobResult, "records"> {
  /** One for each platform, in the order of their names. */
  readonly images: readonly MadeImage[];
  readonly isIndex: boolean;
  readonly store: Store;
  /** The step that this is, for events. */
  readonly step: string;
}

export interface MadeImage {
  readonly plan: ImagePlan;
  readonly snapshot: Snapshot;
}

/** A result, with the ids of its images where they are in the store. */
export interface FinishedImages {
  readonly result: BuildResult;
  readonly ids: readonly Digest[];
}

/** Makes images of the results and hands them to where they are wanted; only then they are in the store, with their names. */
export async function finishBuild(
  job: BuildJob,
  made: MadeImages,
  signal: AbortSignal,
): Promise<FinishedImages> {
  const { emit, images, isIndex, store, step } = made;
  const { now } = made.workplace;
  emit({ type: "step-started", step, at: now() });
  const layers = distinctLayers(images);
  const stored = isStored(job);
  // Outputs are written and digests found meanwhile.
  const settled = stored ? store.layers.settle(layers) : Promise.resolve();
  settled.catch(() => undefined);
  const described: DescribedImage[] = [];
  for (const image of images)
    described.push(await describe(job, { ...made, ...(await withTables(job, image, store)) }));
  const manifest = await exportAll(job, { ...made, described }, signal).catch(async (error) => {
    await settled.catch(() => undefined);
    throw error;
  });
  const ids = stored ? await storeImages(job, { ...made, described, settled }) : [];
  const { names } = job;
  const imageId = await namedImage(store, { ids, isIndex, names });
  for (const line of summary({ ids, names }))
    emit({ type: "step-log", step, stream: "stdout", data: `${line}\n`, at: now() });
  emit({ type: "step-ended", step, outcome: "done", at: now() });
  const platforms = images.map(({ plan: { platform } }, at) => ({
    platform,
    ...defined({ imageId: ids[at] }),
  }));
  const size = images.flatMap(({ snapshot }) => snapshot.layers).reduce((sum, layer) => sum + layer.size, 0);
  const result = { names, size, ...defined({ imageId, manifest }), ...(isIndex && { platforms }) };
  return { result, ids };
}

/** An image with all that outputs and the store take. */
interface DescribedImage extends Pick<ExportImage, "config"> {
  readonly plan: ImagePlan;
  readonly snapshot: Snapshot;
  readonly provenance: ImageProvenance;
}

async function describe(job: BuildJob, image: MadeImages & MadeImage): Promise<DescribedImage> {
  const { plan, snapshot, store } = image;
  const config = await configOf(job, image);
  const provenance = await buildProvenance(job, { plan, store, layers: snapshot.layers.length });
  return { plan, snapshot, config, provenance };
}

function distinctLayers(images: readonly MadeImage[]): readonly StoredLayer[] {
  const all = images.flatMap(({ snapshot }) => snapshot.layers);
  return [...new Map(all.map((layer) => [layer.id, layer])).values()];
}

/** Writes every output, one after the other; the digest of the last manifest or index that one of them has. */
async function exportAll(
  job: BuildJob,
  {
    described,
    isIndex,
    store,
    emit,
    stdout,
    umask,
  }: MadeImages & { readonly described: readonly DescribedImage[] },
  signal: AbortSignal,
): Promise<BuildResult["manifest"]> {
  const exported: (ExportImage & { readonly platform: Platform })[] = [];
  for (const image of described) exported.push(await withDocuments(job, { ...image, emit }, signal));
  const only = exported[0] as ExportImage;
  const { names } = job;
  const onNotice: ExportRequest["onNotice"] = (notice) => emit({ type: "notice", ...notice });
  let manifest: BuildResult["manifest"];
  for (const output of job.outputs) {
    const request = { ...output, ...defined({ sourceDateEpoch: job.epoch, stdout, umask }) };
    const { exportImage } = await import("../../export/index.ts");
    const asked = { ...request, blobs: store.blobs, onNotice };
    const isSplit = isIndex || (output.platformSplit === true && isFiles(output.type));
    const besides = { names, annotations: [...job.annotations, ...(output.annotations ?? [])] };
    const image: ExportImage | ExportIndex = isSplit
      ? { images: exported, ...besides }
      : { ...only, ...besides };
    const descriptor = await exportImage(image, asked, signal);
    manifest = descriptor?.digest ?? manifest;
  }
  return manifest;
}

function isFiles(type: string): boolean {
  return type === "tar" || type === "local";
}

/** The image with the documents that are wanted; only an OCI layout has a place for them. */
async function withDocuments(
  job: BuildJob,
  { plan, snapshot, config, provenance, emit }: DescribedImage & Pick<JobPlace, "emit">,
  signal: AbortSignal,
): Promise<ExportImage & { readonly platform: Platform }> {
  const { sbom, outputs, pushes, provenance: mode, names } = job;
  const image = { config, layers: snapshot.layers, names, platform: plan.platform };
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
  const bytes = config(await Promise.all(image.layers.map((layer) => layer.diffId())));
  const lists = await sbomAttachments({ ...image, config: bytes, files: snapshot }, sbom, signal);
  const facts = { config: bytes, names, provenance };
  const statement = mode && [provenanceAttachment({ ...facts, parameters: parametersOf(job, mode) })];
  return { ...image, attachments: [...lists, ...(statement ?? [])] };
}

const NOT_ATTACHED =
  "an SBOM is attached to images in outputs of type oci and in registries only; tare sbom IMAGE prints that of an image in the store";
const NO_PLACE =
  "provenance is attached to images in outputs of type oci and in registries only; tare why answers for images of the store without it";

/** The image that is meant where only one can be: of an index the one for this machine, if there is one. */
async function namedImage(
  store: Store,
  {
    ids,
    isIndex,
    names,
  }: { readonly ids: readonly Digest[]; readonly isIndex: boolean; readonly names: readonly string[] },
): Promise<Digest | undefined> {
  const [first] = ids;
  const [name] = names;
  if (!isIndex || first === undefined || name === undefined) return first;
  return (await store.images.resolve(name))?.id ?? first;
}

function summary({
  ids,
  names,
}: {
  readonly ids: readonly Digest[];
  readonly names: readonly string[];
}): readonly string[] {
  return ids.length === 0
    ? []
    : [...ids.map((id) => `writing image ${id}`), ...names.map((name) => `naming to ${name}`)];
}

/** Where only files were asked for, the image is in them alone. */
function isStored({ outputs, names }: BuildJob): boolean {
  return (
    outputs.length === 0 || names.length > 0 || outputs.some(({ type }) => type !== "tar" && type !== "local")
  );
}

async function configOf(
  job: BuildJob,
  { plan, snapshot, workplace, records }: MadeImages & MadeImage,
): Promise<ExportImage["config"]> {
  const times = {
    layers: snapshot.created,
    comments: snapshot.comments,
    now: workplace.now(),
    ...defined({ epoch: job.epoch }),
  };
  const plain: ExportImage["config"] = (diffIds) => imageConfigBytes(plan.image, diffIds, times);
  if (!job.inlineCache || !records) return plain;
  const { withInlineCache } = await import("../caches/cache-records.ts");
  return withInlineCache(plain, { records, image: snapshot });
}

/**
 * Puts the images of the results into the store, with their names, once their layers are on the disk. What was exported
 * before has told their diffIDs.
 */
async function storeImages(
  job: BuildJob,
  {
    described,
    isIndex,
    store,
    workplace,
    settled,
  }: MadeImages & { readonly described: readonly DescribedImage[]; readonly settled: Promise<void> },
): Promise<readonly Digest[]> {
  const ids: Digest[] = [];
  for (const { plan, snapshot, config, provenance } of described) {
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
    ids.push(id);
  }
  const annotations = job.nameAnnotations;
  const target = { images: ids, isIndex, ...(annotations.length > 0 && { annotations }) };
  for (const name of job.names) await store.images.tag(parseReference(name), target);
  return ids;
}

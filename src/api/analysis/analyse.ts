import { userInfo } from "node:os";
import type { ImageAnalysis } from "../../analysis/index.ts";
import { defined, TareError } from "../../base/index.ts";
import { type BuildEvent, openImage } from "../../solver/index.ts";
import { openStore, type Store, type StoredLayer } from "../../store/index.ts";
import { build } from "../build/build.ts";
import type { BuildRequest } from "../build/types.ts";
import { findImage } from "../images/find-image.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import { type AnalyseJob, analyseStored, readAnalysis } from "./analyse-stored.ts";

/** What an analysis is asked for. */
export interface AnalyseRequest extends StoreChoice {
  /**
   * A name or id of the store, a path of an OCI layout or an archive of one (`./app.tar`), or a name in a registry, which
   * is fetched. `build:TARGET` is built first; without a TARGET the last stage.
   */
  readonly image: string;
  /** `linux/arm64`, for images that are fetched or in layouts; default this machine's. */
  readonly platform?: string;
  /** For `build:TARGET`: what is built; default the Dockerfile of the working directory. */
  readonly build?: Partial<Omit<BuildRequest, "target" | "root" | "environment" | "platform">>;
}

/**
 * Says what is in an image. The store remembers what it took time to find out, so the second time costs nothing; that goes
 * with the image's last layer. `resolve-*`, `registry-*`, `integrity-*`.
 */
export async function analyseImage(
  { image, platform, build: building = {}, ...choice }: AnalyseRequest,
  emit: (event: BuildEvent) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
): Promise<ImageAnalysis> {
  const optional = defined({ platform });
  const name = isBuild(image)
    ? await built(image, { ...building, ...choice, ...optional, emit }, signal)
    : image;
  const store = await openStore(storeFolder(choice));
  await using _lease = await store.hold(`analysis of ${image}`);
  const search = { store, emit, ...choice, ...optional };
  const { record, layers: given = [] } = await findImage(name, search, signal);
  const { config, files } = await openImage(store, record.id);
  const compressed = given.map(({ mediaType, size }) => (/[+.](?:gzip|zstd)$/.test(mediaType) ? size : null));
  const job: AnalyseJob = { root: store.root, layers: record.layers, compressed };
  const found = await analyseLayers(job, { store, layers: files.layers }, signal);
  const { imageFacts } = await import("../../analysis/index.ts");
  return { image: imageFacts(config, { name: image, id: record.id, users: found.users }), ...found };
}

/** The same of layers alone, of an image or of a stage: what is remembered of them, else they are looked into. */
export async function analyseLayers(
  job: AnalyseJob,
  { store, layers }: { readonly store: Store; readonly layers: readonly StoredLayer[] },
  signal: AbortSignal,
): Promise<Omit<ImageAnalysis, "image">> {
  const isReadable = layers.every(({ form }) => form === "tar");
  return (await readAnalysis(store, job)) ?? (await analyseAnywhere(job, { isReadable }, signal));
}

const BUILD = "build:";

function isBuild(image: string): boolean {
  return image.startsWith(BUILD);
}

/** Builds a target; the id of its image. */
async function built(
  image: string,
  { emit, ...request }: Partial<BuildRequest> & { readonly emit: (event: BuildEvent) => void },
  signal: AbortSignal,
): Promise<string> {
  const target = image.slice(BUILD.length);
  for await (const event of build(
    { context: ".", ...request, ...(target !== "" && { target }) },
    {},
    signal,
  )) {
    if (event.type === "result" && event.result.imageId !== undefined) return event.result.imageId;
    emit(event);
  }
  throw new TareError("internal-bug", `the build of ${image} has made no image`);
}

/** What RUN left may belong to other users, whose files only the engine can read; it leaves the result in the store. */
async function analyseAnywhere(
  job: AnalyseJob,
  { isReadable }: { readonly isReadable: boolean },
  signal: AbortSignal,
): Promise<Omit<ImageAnalysis, "image">> {
  if (isReadable || userInfo().uid === 0) return analyseStored(job, {}, signal);
  const { callEngine } = await import("../../engine/index.ts");
  const found = await callEngine({ method: "analyse", params: job }, { emit: () => undefined }, signal);
  return found as Omit<ImageAnalysis, "image">;
}

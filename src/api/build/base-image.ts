import { type Digest, TareError } from "../../base/index.ts";
import { formatPlatform, type Platform, parseReference, type Reference } from "../../oci/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import type { ImageRecord, Store } from "../../store/index.ts";
import { transferStep } from "../transfer-step.ts";
import { type BuildJob, registryChoice } from "./job.ts";

/** What finding the images of a build needs. */
export interface BaseImages {
  readonly job: BuildJob;
  readonly store: Store;
  readonly emit: (event: BuildEvent) => void;
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * The image that a build means by a name. One that the store has for the platform is taken without asking anybody; of
 * another one its documents are fetched, its layers by who reads them; with `pull` a newer one is looked for. `resolve-image`, `registry-*`, `integrity-*`.
 */
export async function baseImage(
  { name, platform }: { readonly name: string; readonly platform: Platform },
  images: BaseImages,
): Promise<ImageRecord> {
  const { job, store } = images;
  const settled = job.images?.[imageKey(name, platform)];
  const fitting = await store.images.resolve(settled ?? name, settled === undefined ? platform : undefined);
  const fits = fitting !== undefined;
  const stored = fitting ?? (await store.images.resolve(name));
  const reference = parseReference(name);
  if (stored && (settled !== undefined || (fits && !(job.pull && reference.digest === undefined))))
    return stored;
  try {
    return await fetchBase({ name, reference, platform }, images);
  } catch (error) {
    if (!stored || !mayStand(stored, error)) throw withHint(error, name);
    const which = fits ? "" : `, which is for ${formatPlatform(stored.platform)}`;
    const message = `${name}: the image of the local store is used${which}: ${(error as Error).message}`;
    images.emit({ type: "notice", code: "base-not-pulled", message });
    return stored;
  }
}

/** Names mean another image on another platform. */
export function imageKey(name: string, platform: Platform): string {
  return `${formatPlatform(platform)} ${name}`;
}

/** An image that was made here need not be in any registry. */
function mayStand({ manifest }: ImageRecord, error: unknown): boolean {
  const codes: readonly string[] = ["resolve-image", "registry-refused", "registry-unreachable"];
  return manifest === undefined && error instanceof TareError && codes.includes(error.code);
}

/**
 * Whether layers of a base that no step reads may stay in their registry: the image goes to registries and nowhere
 * else, which take it from there.
 */
export function leavesLayers(job: BuildJob): boolean {
  const { pushes, outputs, sbom, provenance, cacheTo, inlineCache } = job;
  const isRead = outputs.length > 0 || sbom.length > 0 || provenance !== undefined;
  return pushes.length > 0 && !isRead && cacheTo.length === 0 && !inlineCache;
}

/** The client of registries is loaded only here: most builds never need it. */
async function fetchBase(
  {
    name,
    reference,
    platform,
  }: {
    readonly name: string;
    readonly reference: Reference;
    readonly platform: Platform;
  },
  { job, store, emit, now, signal }: BaseImages,
): Promise<ImageRecord> {
  const [{ openRegistries }, { promiseImage }] = await Promise.all([
    import("../transfer/registry-access.ts"),
    import("../transfer/pull-image.ts"),
  ]);
  await using access = openRegistries(registryChoice(job), signal);
  const registry = access.registry(reference);
  // What is pushed and not kept here asks again the next time; any other name leads to what was found last.
  const named = !leavesLayers(job);
  return transferStep(`[internal] resolve ${name}`, { emit, now }, () =>
    promiseImage(store, { reference, platform, registry, now, named }, signal),
  );
}

function withHint(error: unknown, name: string): unknown {
  if (!(error instanceof TareError) || !["resolve-image", "registry-unreachable"].includes(error.code))
    return error;
  const short = name.replace(/^docker\.io\/(library\/)?/, "").replace(/:latest$/, "");
  return new TareError(
    error.code,
    `${name}: image not found in the local store, and not fetched: ${error.message}`,
    {
      ...error.facts,
      hint: `${error.facts.hint ?? "check the name"}; or use FROM tare/debian:13, or point the name at a recipe: --build-context ${short}=recipe://debian:13`,
      cause: error,
    },
  );
}

export type SettledImages = Readonly<Record<string, Digest>>;

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { TareError } from "../../base/index.ts";
import {
  canonicalName,
  type Descriptor,
  formatPlatform,
  parseReference,
  platformOf,
  withDefaultTag,
} from "../../oci/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import type { ImageRecord, Store } from "../../store/index.ts";
import { importLayoutImage, isLayoutName } from "../archives/layout-image.ts";
import { existingImage, platformGiven } from "../existing-image.ts";
import { isWhole } from "../transfer/promised-layers.ts";
import type { RegistryChoice } from "../transfer/registry-access.ts";
import { transferStep } from "../transfer-step.ts";
import { thisMachine } from "../workplace.ts";

/** How an image is looked for. */
export interface ImageSearch extends RegistryChoice {
  readonly store: Store;
  /** `linux/arm64`; default this machine's, or the only one that the store has. */
  readonly platform?: string;
  readonly emit: (event: BuildEvent) => void;
}

/** An image that is in the store now. */
export interface FoundImage {
  readonly record: ImageRecord;
  /** How it came here, layer by layer, when it came from an archive. */
  readonly layers?: readonly Descriptor[];
}

/**
 * Finds an image wherever its name leads: a path (`/…`, `./…`, `../…`, `….tar`, `….tar.gz`, or `oci-layout://…`, each perhaps
 * with `:tag`) is an archive that `load` takes, or a folder; else it is a name or id of the store, else a name in a registry. What is not in the
 * store, or of which a build has left layers in their registry, is there as a whole afterwards. `resolve-*`, `registry-*`, `integrity-*`, `user-bad-reference`.
 */
export async function findImage(name: string, search: ImageSearch, signal: AbortSignal): Promise<FoundImage> {
  const platform = platformGiven(search.platform) ?? platformOf(thisMachine().arch);
  const layout = layoutOf(name);
  if (layout !== undefined) return importLayoutImage(layout, { store: search.store, platform }, signal);
  const record = await search.store.images.resolve(name, platformGiven(search.platform));
  const isId = /^(?:sha256:)?[0-9a-f]{12,64}$/.test(name);
  if (record && (isId || (await isWhole(search.store, record)))) return { record };
  if (isId) await existingImage(search.store, name, search.platform);
  return { record: await pulled(name, { ...search, platform }, signal) };
}

/** As archives of images are called. */
const ARCHIVE = /\.(?:tar(?:\.(?:gz|xz|zst|bz2))?|tgz)$/;

function layoutOf(name: string): string | undefined {
  if (isLayoutName(name)) return name;
  const isPath = /^\.{0,2}\//.test(name) || (ARCHIVE.test(name) && existsSync(name));
  return isPath ? `oci-layout://${resolve(name)}` : undefined;
}

async function pulled(
  name: string,
  {
    store,
    platform,
    emit,
    environment,
  }: Omit<ImageSearch, "platform"> & { readonly platform: ReturnType<typeof platformOf> },
  signal: AbortSignal,
): Promise<ImageRecord> {
  const reference = withDefaultTag(parseReference(name));
  const [{ openRegistries }, { pullInto }] = await Promise.all([
    import("../transfer/registry-access.ts"),
    import("../transfer/pull-image.ts"),
  ]);
  await using access = openRegistries({ ...(environment && { environment }) }, signal);
  const { now } = thisMachine();
  const registry = access.registry(reference);
  try {
    const wanted = { reference, platform, registry, now };
    const { record } = await transferStep(
      `pulling ${canonicalName(reference)}`,
      { emit, now },
      (onProgress) => pullInto(store, { ...wanted, onProgress }, signal),
    );
    return record;
  } catch (error) {
    throw await alsoNotHere(error, store, name);
  }
}

/** Who has mistyped a name of the store has not thought of registries. */
async function alsoNotHere(error: unknown, store: Store, name: string): Promise<unknown> {
  if (!(error instanceof TareError) || error.code === "user-cancelled") return error;
  const named = await store.images.named(name);
  const there = named ? await store.images.imagesOf(named) : [];
  const known =
    there.length > 0
      ? `the local store has it for ${there.map(({ platform }) => formatPlatform(platform)).join(", ")}`
      : "the local store has no image of that name";
  const hint = [known, error.facts.hint].filter(Boolean).join("; ");
  return new TareError(error.code, error.message, { ...error.facts, hint });
}

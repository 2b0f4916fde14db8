import { decompressWithin } from "../../archive/index.ts";
import { type Digest, hexOf, sha256, TareError } from "../../base/index.ts";
import {
  canonicalName,
  type Descriptor,
  formatPlatform,
  type Platform,
  parseImageConfig,
  type Reference,
  tableOfContents,
  withDefaultTag,
} from "../../oci/index.ts";
import {
  type FetchedManifest,
  fetchImage,
  type Registry,
  type RegistryImage,
  type ResolvedManifest,
  readBlob,
  resolveManifest,
} from "../../registry/index.ts";
import type { ImageRecord, Store } from "../../store/index.ts";
import { provenanceInRegistry } from "../archives/found-provenance.ts";
import { configPlatform, importImage, keepManifest, keptForm, lacksForm } from "../archives/import-image.ts";
import { nameFetched } from "./name-fetched.ts";
import { isWhole } from "./promised-layers.ts";
import { repositoryOf } from "./registry-access.ts";

/** An image to fetch. */
export interface WantedImage {
  readonly reference: Reference;
  readonly platform: Platform;
  readonly registry: Registry;
  readonly now: () => number;
  /** Whether its layers stay in the store as they come, too, so that the image can go anywhere under the same digest. */
  readonly keepsForm?: boolean;
  /** Told how many of all compressed bytes have come. */
  readonly onProgress?: (current: number, total: number) => void;
}

export interface FetchedImage {
  readonly record: ImageRecord;
  /** What the name leads to in the registry: an index, or the manifest itself. */
  readonly digest: Digest;
  /** Whether the name led to this image here before. */
  readonly known: boolean;
}

/**
 * Takes an image of a registry over into the store, under its name. Layers that the store has are not fetched, of a
 * name that leads to the same image as before only small documents. Two that fetch the same image take turns.
 */
export async function pullInto(
  store: Store,
  wanted: WantedImage,
  signal: AbortSignal,
): Promise<FetchedImage> {
  const { reference, platform, registry } = wanted;
  const name = canonicalName(withDefaultTag(reference));
  using _turn = await store.exclusive(`pull-${hexOf(sha256(`${name} ${formatPlatform(platform)}`))}`, signal);
  const repository = reference.path;
  const asked = reference.digest ?? withDefaultTag(reference).tag ?? "latest";
  const manifest = await resolveManifest(registry, { repository, reference: asked, platform }, signal);
  const { digest } = manifest.root;
  const before = await store.images.resolve(name, platform);
  const { record, known } = await fetchManifestImage(store, { ...wanted, manifest, before }, signal);
  await nameFetched(store, { reference, record, manifest }, signal);
  return { record, digest, known };
}

/** An image whose manifest has come, without a name; `before` is what the name led to here. */
export async function fetchManifestImage(
  store: Store,
  {
    manifest,
    before,
    ...wanted
  }: WantedImage & {
    readonly manifest: FetchedManifest & Pick<ResolvedManifest, "root" | "platform">;
    readonly before: ImageRecord | undefined;
  },
  signal: AbortSignal,
): Promise<Pick<FetchedImage, "record" | "known">> {
  const isSame = before?.manifest === manifest.descriptor.digest && (await isWhole(store, before));
  if (isSame && !wanted.keepsForm) return { record: before, known: true };
  const repository = wanted.reference.path;
  const image = await fetchImage(wanted.registry, { repository, manifest }, signal);
  if (isSame && (await missingLayers(store, { ...wanted, image })).length === 0)
    return { record: before, known: true };
  // As containerd has it: what the index says goes before what the config does.
  if (!manifest.platform) checkPlatform(image, wanted);
  const record = await fetchLayers(store, { ...wanted, image, root: manifest.root.digest }, signal);
  return { record, known: before?.id === record.id };
}

/**
 * Takes over what is said of an image of a registry; layers that the store lacks are promised, and stay where they are.
 * What the image says of them nobody has checked, so it counts for this image alone. With `named` the store has it by
 * its name then, with what its registry tells of how it was made.
 */
export async function promiseImage(
  store: Store,
  { named, ...wanted }: WantedImage & { readonly named: boolean },
  signal: AbortSignal,
): Promise<ImageRecord> {
  const { reference, platform, registry, now } = wanted;
  const repository = reference.path;
  const asked = reference.digest ?? withDefaultTag(reference).tag ?? "latest";
  const manifest = await resolveManifest(registry, { repository, reference: asked, platform }, signal);
  const image = await fetchImage(registry, { repository, manifest }, signal);
  if (!manifest.platform) checkPlatform(image, wanted);
  const config = parseImageConfig(image.config, image.layers);
  const { rootfs } = config;
  const layers = await Promise.all(
    rootfs.diff_ids.map(async (diffId, index) => {
      const [id, descriptor] = [hexOf(diffId), image.layers[index] as Descriptor];
      const known = await store.layers.get(id);
      const remote = { descriptor, repository: repositoryOf(reference) };
      return { id, size: known?.size ?? descriptor.size, ...(!known && { remote }) };
    }),
  );
  const subject = {
    repository,
    root: manifest.root.digest,
    subject: manifest.descriptor.digest,
    layers: image.layers.map(({ digest }) => digest),
  };
  const provenance = named ? await provenanceInRegistry(registry, subject, signal) : undefined;
  const promised = layers.flatMap(({ id, remote }) => (remote ? [[id, remote] as const] : []));
  // Whether other manifests say the same of the image is seen one after the other.
  using _turn = await store.exclusive(`image-${hexOf(sha256(image.config))}`, signal);
  const record = await store.images.put({
    config: image.config,
    layers,
    ...(provenance && { provenance }),
    platform: configPlatform(config),
    storedAt: now(),
    manifest: manifest.descriptor.digest,
    ...(promised.length > 0 && { promised: Object.fromEntries(promised) }),
    ...listedIn(image),
  });
  if (named) await nameFetched(store, { reference, record, manifest }, signal);
  return record;
}

/** What its manifest says are its layers' tables of contents. */
function listedIn({ config, layers }: RegistryImage): Pick<ImageRecord, "listed"> {
  const { rootfs } = parseImageConfig(config, layers);
  const listed = rootfs.diff_ids.flatMap((diffId, at) => {
    const toc = tableOfContents(layers[at] as Descriptor);
    return toc ? [[hexOf(diffId), toc.digest] as const] : [];
  });
  return listed.length > 0 ? { listed: Object.fromEntries(listed) } : {};
}

/** An image without an index says in its config alone what it is for. */
function checkPlatform({ config, layers }: RegistryImage, { platform, reference }: WantedImage): void {
  const { os, architecture } = parseImageConfig(config, layers);
  if (os === platform.os && architecture === platform.architecture) return;
  const found = formatPlatform({ os, architecture });
  throw new TareError(
    "resolve-image",
    `${canonicalName(reference)} is for ${found}, not ${formatPlatform(platform)}`,
    { hint: `choose another image, or --platform ${found}` },
  );
}

async function fetchLayers(
  store: Store,
  {
    image,
    registry,
    reference,
    now,
    keepsForm = false,
    onProgress,
    root,
  }: WantedImage & { readonly image: RegistryImage; readonly root: Digest },
  signal: AbortSignal,
): Promise<ImageRecord> {
  const { manifest, config, layers } = image;
  const missing = await missingLayers(store, { image, keepsForm });
  const total = missing.reduce((sum, { size }) => sum + size, 0);
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let current = 0;
  const read = async function* (descriptor: Descriptor): AsyncGenerator<Uint8Array> {
    for await (const chunk of readBlob(registry, { repository: reference.path, descriptor }, either)) {
      current += chunk.length;
      onProgress?.(current, total);
      yield chunk;
    }
  };
  const checked = new Set<Descriptor>();
  const tar = async function* (descriptor: Descriptor): AsyncGenerator<Uint8Array> {
    try {
      const bytes = read(descriptor);
      yield* decompressWithin(keepsForm ? await keptForm(store, descriptor, bytes) : bytes);
      checked.add(descriptor);
    } catch (error) {
      // The others are in vain.
      failed.abort();
      throw error;
    }
  };
  const rereads = async (descriptor: Descriptor) => keepsForm && lacksForm(store, descriptor);
  const storedAt = now();
  const { digest } = manifest.descriptor;
  const about = { subject: digest, layers: layers.map((layer) => layer.digest), root };
  const provenance = await provenanceInRegistry(registry, { repository: reference.path, ...about }, signal);
  const record = await importImage(
    store,
    {
      config,
      layers,
      manifest: digest,
      provenance,
      tar,
      rereads,
      storedAt: () => storedAt,
      ...listedIn(image),
    },
    either,
  );
  const { diff_ids: diffIds } = parseImageConfig(config, layers).rootfs;
  const repository = repositoryOf(reference);
  // What the manifest says of a layer that was here already is believed only if somebody has checked it.
  let allChecked = true;
  for (const [index, diffId] of diffIds.entries()) {
    const [id, descriptor] = [hexOf(diffId), layers[index] as Descriptor];
    const known = async () =>
      (await store.layers.remotes(id)).some((one) => one.descriptor.digest === descriptor.digest);
    if (checked.has(descriptor) || (await known()))
      await store.layers.rememberRemote(id, { descriptor, repository });
    else allChecked = false;
  }
  if (allChecked) await keepManifest(store, manifest);
  return record;
}

/** Those that have to come: the store lacks them, or the form that is to stay. */
async function missingLayers(
  store: Store,
  {
    image: { config, layers },
    keepsForm,
  }: Pick<WantedImage, "keepsForm"> & { readonly image: RegistryImage },
): Promise<readonly Descriptor[]> {
  const { diff_ids: diffIds } = parseImageConfig(config, layers).rootfs;
  const missing = await Promise.all(
    layers.map(async (descriptor, index) => {
      if (keepsForm && (await lacksForm(store, descriptor))) return true;
      return (await store.layers.get(hexOf(diffIds[index] as Digest))) === undefined;
    }),
  );
  return layers.filter((_, index) => missing[index]);
}

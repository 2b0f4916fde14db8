import {
  type Digest,
  defined,
  hexOf,
  mapConcurrent,
  sha256,
  streamOf,
  throwIfCancelled,
  untilCancelled,
} from "../../base/index.ts";
import { type Descriptor, type Platform, parseImageConfig } from "../../oci/index.ts";
import type { ImageProvenance } from "../../provenance/index.ts";
import type { ImageRecord, NewImage, Store, StoredLayer } from "../../store/index.ts";

/** An image that is somewhere else, its layers as streams. */
export interface ImportedImage<L> {
  /** Raw. */
  readonly config: Uint8Array;
  /** Bottom first. */
  readonly layers: readonly L[];
  readonly manifest?: Digest;
  readonly listed?: Readonly<Record<string, Digest>>;
  /** What came with it of how its layers were made. */
  readonly provenance?: ImageProvenance | undefined;
  /** The uncompressed tar of a layer. */
  readonly tar: (layer: L) => AsyncIterable<Uint8Array>;
  /** Whether a layer is read although the store has it. */
  readonly rereads?: (layer: L) => Promise<boolean>;
  /** Layers that are on their way for several images at once, by their diffIDs; one comes for all of them. */
  readonly shared?: Map<Digest, Promise<StoredLayer>>;
  /** Milliseconds since 1970, from the config's time. */
  readonly storedAt: (created: number) => number;
}

/** Layers that are fetched at the same time. */
const AT_ONCE = 4;

/**
 * Takes an image over into the store, without a name: its layers, verified, and its config. What is there already is
 * not read. `integrity-*` when the image is not what its documents say; then nothing of it has a name.
 */
export async function importImage<L>(
  store: Store,
  image: ImportedImage<L>,
  signal: AbortSignal,
): Promise<ImageRecord> {
  return store.images.put(await takeLayers(store, image, signal));
}

/** The same up to the image itself: its layers are in the store then, and it is ready to be put there. */
export async function takeLayers<L>(
  store: Store,
  image: ImportedImage<L>,
  signal: AbortSignal,
): Promise<NewImage> {
  const config = parseImageConfig(image.config, image.layers);
  // Who built the image here knows better.
  const known = await store.images.resolve(sha256(image.config));
  const provenance = known?.provenance ?? image.provenance;
  const { rootfs } = config;
  return {
    config: image.config,
    layers: await importLayers(store, { image, diffIds: rootfs.diff_ids }, signal),
    platform: configPlatform(config),
    storedAt: image.storedAt(Date.parse(config.created ?? "") || 0),
    ...defined({ manifest: image.manifest, listed: image.listed }),
    ...(provenance && { provenance }),
  };
}

/** What an image's config says that it is for. */
export function configPlatform(config: Platform): Platform {
  const { os, architecture, variant, "os.version": version } = config;
  return {
    os,
    architecture,
    ...(variant !== undefined && { variant }),
    ...(version !== undefined && { "os.version": version }),
  };
}

/** A manifest or an index as it is, so that it can be written under the same digest. */
export async function keepManifest(
  store: Store,
  {
    bytes,
    descriptor: { digest },
  }: { readonly bytes: Uint8Array; readonly descriptor: Pick<Descriptor, "digest"> },
): Promise<void> {
  if (!(await store.blobs.has(digest))) await store.blobs.put(streamOf(bytes), digest);
}

/** The bytes of a compressed layer, which the store has from then on; those of one that is not, as they come. */
export async function keptForm(
  { blobs }: Store,
  { mediaType, digest }: Pick<Descriptor, "mediaType" | "digest">,
  bytes: AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array>> {
  if (!isCompressed(mediaType)) return bytes;
  if (!(await blobs.has(digest))) await blobs.put(bytes, digest);
  return blobs.get(digest);
}

/** Whether the store does not have a layer in the compressed form in which it comes. */
export async function lacksForm({ blobs }: Store, { mediaType, digest }: Descriptor): Promise<boolean> {
  return isCompressed(mediaType) && !(await blobs.has(digest));
}

function isCompressed(mediaType: string): boolean {
  return /gzip|zstd/.test(mediaType);
}

async function importLayers<L>(
  store: Store,
  { image, diffIds }: { readonly image: ImportedImage<L>; readonly diffIds: readonly Digest[] },
  signal: AbortSignal,
): Promise<readonly StoredLayer[]> {
  const wanted = new Map(diffIds.map((diffId, index) => [diffId, image.layers[index] as L]));
  const layers = await mapConcurrent([...wanted], AT_ONCE, async ([diffId, descriptor]) => {
    throwIfCancelled(signal);
    const take = async () => {
      const known = await store.layers.get(hexOf(diffId));
      if (known && !(await image.rereads?.(descriptor))) return known;
      return store.layers.addTar(untilCancelled(image.tar(descriptor), signal), { expected: diffId });
    };
    const layer = image.shared?.get(diffId) ?? take();
    image.shared?.set(diffId, layer);
    return [diffId, await layer] as const;
  });
  const stored = new Map(layers);
  return diffIds.map((diffId) => stored.get(diffId) as StoredLayer);
}

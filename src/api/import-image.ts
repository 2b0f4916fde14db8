import { type Digest, hexOf, mapConcurrent, throwIfCancelled } from "../base/index.ts";
import { type Descriptor, parseImageConfig } from "../oci/index.ts";
import type { ImageRecord, Store, StoredLayer } from "../store/index.ts";

/** An image that is somewhere else, its layers as streams. */
export interface ImportedImage {
  /** Raw. */
  readonly config: Uint8Array;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
  readonly manifest: Digest;
  /** The uncompressed tar of a layer. */
  readonly tar: (layer: Descriptor) => AsyncIterable<Uint8Array>;
  /** Milliseconds since 1970, from the config's time. */
  readonly storedAt: (created: number) => number;
}

/** Layers that are fetched at the same time. */
const AT_ONCE = 4;

/**
 * Takes an image over into the store, without a name: its layers, verified, and its config. What is there already is
 * not read. `integrity-*` when the image is not what its documents say; then nothing of it has a name.
 */
export async function importImage(
  store: Store,
  image: ImportedImage,
  signal: AbortSignal,
): Promise<ImageRecord> {
  const config = parseImageConfig(image.config, image.layers);
  const { os, architecture, variant, rootfs } = config;
  return store.images.put({
    config: image.config,
    layers: await importLayers(store, { image, diffIds: rootfs.diff_ids }, signal),
    platform: { os, architecture, ...(variant !== undefined && { variant }) },
    storedAt: image.storedAt(Date.parse(config.created ?? "") || 0),
    manifest: image.manifest,
  });
}

async function importLayers(
  store: Store,
  { image, diffIds }: { readonly image: ImportedImage; readonly diffIds: readonly Digest[] },
  signal: AbortSignal,
): Promise<readonly StoredLayer[]> {
  const wanted = new Map(diffIds.map((diffId, index) => [diffId, image.layers[index] as Descriptor]));
  const layers = await mapConcurrent([...wanted], AT_ONCE, async ([diffId, descriptor]) => {
    throwIfCancelled(signal);
    const known = await store.layers.get(hexOf(diffId));
    return [
      diffId,
      known ?? (await store.layers.addTar(image.tar(descriptor), { expected: diffId })),
    ] as const;
  });
  const stored = new Map(layers);
  return diffIds.map((diffId) => stored.get(diffId) as StoredLayer);
}

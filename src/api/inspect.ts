import type { Digest } from "../base/index.ts";
import type { ImageConfig, Reference } from "../oci/index.ts";
import { type ImageRecord, openStore, type Store } from "../store/index.ts";
import { existingImage } from "./existing-image.ts";
import { type StoreChoice, storeFolder } from "./store-choice.ts";

/** All that the store says of an image. */
export interface ImageDetails {
  readonly id: Digest;
  readonly references: readonly Reference[];
  /** As it is, with what this version knows nothing of. */
  readonly config: ImageConfig;
  /** Sum of the sizes of the files in its layers, bytes. */
  readonly size: number;
  /** Milliseconds since 1970; when the image was made or pulled here. */
  readonly storedAt: number;
  /** Digest of its manifest, when one was made. */
  readonly manifest?: Digest;
}

/** An image of the store. */
export interface ImageChoice extends StoreChoice {
  /** A name or an id. */
  readonly image: string;
  /** Of a name that leads to several: `linux/arm64`; default this machine's. */
  readonly platform?: string;
}

/** An image of the store by name or id. `resolve-image` when there is none, `integrity-*` when its config is damaged. */
export async function inspectImage(options: ImageChoice): Promise<ImageDetails> {
  const store = await openStore(storeFolder(options));
  const record = await existingImage(store, options.image, options.platform);
  const { id, size, storedAt, manifest } = record;
  return {
    id,
    references: await referencesOf(store, record),
    config: await store.images.config(record),
    size,
    storedAt,
    ...(manifest !== undefined && { manifest }),
  };
}

/** The names of an image. */
export async function referencesOf(store: Store, { id }: ImageRecord): Promise<readonly Reference[]> {
  const listed = await store.images.list();
  return listed.find(({ record }) => record.id === id)?.references ?? [];
}

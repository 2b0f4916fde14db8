import type { Digest } from "../../base/index.ts";
import { canonicalName, type ImageConfig, type Reference } from "../../oci/index.ts";
import { type ImageRecord, openStore, type Store, type StoredName } from "../../store/index.ts";
import { existingImage } from "../existing-image.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

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
  /** What its names lead to in registries, where that is known: the index, where there is one. */
  readonly roots?: readonly { readonly reference: Reference; readonly digest: Digest }[];
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
    ...namesOf(await store.images.names(), record),
    config: await store.images.config(record),
    size,
    storedAt,
    ...(manifest !== undefined && { manifest }),
  };
}

function namesOf(
  names: readonly StoredName[],
  { id }: ImageRecord,
): Pick<ImageDetails, "references" | "roots"> {
  const own = names
    .filter(({ images }) => images.includes(id))
    .toSorted((a, b) => (canonicalName(a.reference) < canonicalName(b.reference) ? -1 : 1));
  return {
    references: own.map(({ reference }) => reference),
    roots: own.flatMap(({ reference, root }) => (root === undefined ? [] : [{ reference, digest: root }])),
  };
}

/** The names of an image. */
export async function referencesOf(store: Store, { id }: ImageRecord): Promise<readonly Reference[]> {
  const listed = await store.images.list();
  return listed.find(({ record }) => record.id === id)?.references ?? [];
}

import { type Digest, lazyAsync, TareError } from "../base/index.ts";
import type { ImageConfig } from "../oci/index.ts";
import { type ImageRecord, missingLayer, type Store, type StoredLayer } from "../store/index.ts";
import type { OpenOperation } from "./operation.ts";
import { cacheKey } from "./record.ts";
import { openSnapshot, type Snapshot } from "./snapshot.ts";

/** An image of the local store as files; `name` is for people. */
export function imageOperation(
  name: string,
  {
    store,
    id,
    elsewhere,
  }: {
    readonly store: Store;
    readonly id: string;
    /** Layers of an image that the store lacks, by id. */
    readonly elsewhere: (record: ImageRecord) => (id: string) => StoredLayer | undefined;
  },
): OpenOperation {
  const record = lazyAsync(() => found(store, id));
  return {
    kind: "open",
    volatile: false,
    key: async () => {
      const { id, listed } = await record();
      return cacheKey({ type: "image", id, ...(listed && { listed }) });
    },
    open: async () => {
      const found = await record();
      return (await openRecord(store, found, { name, elsewhere: elsewhere(found) })).files;
    },
  };
}

/** An image of the store, ready to be used. */
export interface OpenedImage {
  readonly id: Digest;
  readonly config: ImageConfig;
  /** Its layers, each with the time that the image's history gives it. */
  readonly files: Snapshot;
}

/** Opens an image by name or id. `resolve-image` when there is none, `integrity-store` when a layer is missing. */
export async function openImage(store: Store, name: string): Promise<OpenedImage> {
  return openRecord(store, await found(store, name), { name });
}

async function openRecord(
  store: Store,
  record: ImageRecord,
  {
    name,
    elsewhere,
  }: { readonly name: string; readonly elsewhere?: (id: string) => StoredLayer | undefined },
): Promise<OpenedImage> {
  const config = await store.images.config(record);
  const history = (config.history ?? []).filter((entry) => entry.empty_layer !== true);
  const created = record.layers.map(
    (_, index) => Date.parse(history[index]?.created ?? "") || record.storedAt,
  );
  const snapshot = await openSnapshot(store, { layers: record.layers, created }, elsewhere);
  if (snapshot) return { id: record.id, config, files: { ...snapshot, title: `image ${name}` } };
  throw missingLayer(name, record);
}

async function found(store: Store, name: string): Promise<ImageRecord> {
  const record = await store.images.resolve(name);
  if (record) return record;
  throw new TareError("resolve-image", `image ${name} is not in the local store`, {
    hint: `build it, or fetch it: tare pull ${name}; \`tare images\` lists what is there`,
  });
}

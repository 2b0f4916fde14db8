import { TareError } from "../base/index.ts";
import type { Store } from "../store/index.ts";
import type { OpenOperation } from "./operation.ts";
import { cacheKey } from "./record.ts";
import { openSnapshot, type Snapshot } from "./snapshot.ts";

/** An image of the local store as files. */
export function imageOperation(name: string, store: Store): OpenOperation {
  return {
    kind: "open",
    volatile: false,
    key: async () => cacheKey({ type: "image", id: (await found(store, name)).id }),
    open: () => openImage(store, name),
  };
}

/** The layers of an image, each with the time that the image's history gives it. */
export async function openImage(store: Store, name: string): Promise<Snapshot> {
  const record = await found(store, name);
  const config = await store.images.config(record);
  const history = (config.history ?? []).filter((entry) => entry.empty_layer !== true);
  const created = record.layers.map(
    (_, index) => Date.parse(history[index]?.created ?? "") || record.storedAt,
  );
  const snapshot = await openSnapshot(store, { layers: record.layers, created });
  if (snapshot) return { ...snapshot, title: `image ${name}` };
  throw new TareError("integrity-store", `a layer of image ${name} is missing in the store`, {
    hint: `remove the image with \`tare rmi ${name}\` and build or load it again`,
  });
}

async function found(
  store: Store,
  name: string,
): Promise<NonNullable<Awaited<ReturnType<Store["images"]["resolve"]>>>> {
  const record = await store.images.resolve(name);
  if (record) return record;
  throw new TareError("resolve-image", `image ${name} is not in the local store`, {
    hint: "build it first; `tare images` lists what is there",
  });
}

import { TareError } from "../base/index.ts";
import type { ImageRecord, Store } from "../store/index.ts";

/** An image of the store by name or id; `resolve-image` when there is none. */
export async function existingImage(store: Store, name: string): Promise<ImageRecord> {
  const record = await store.images.resolve(name);
  if (record) return record;
  throw new TareError("resolve-image", `no such image: ${name}`, {
    hint: "`tare images -a` lists what there is, `tare pull` fetches what a registry has",
  });
}

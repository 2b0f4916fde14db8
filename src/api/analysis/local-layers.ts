import { TareError } from "../../base/index.ts";
import type { LocalLayer, Store } from "../../store/index.ts";

/** Layers of an image that have to be in the store, by their ids; `integrity-store` when one is missing. */
export async function localLayers(store: Store, ids: readonly string[]): Promise<readonly LocalLayer[]> {
  const layers = await Promise.all(ids.map((id) => store.layers.get(id)));
  const whole = layers.filter((layer) => layer !== undefined);
  if (whole.length === layers.length) return whole;
  throw new TareError("integrity-store", "a layer of the image is missing in the store", {
    hint: "build or pull the image again",
  });
}

import { hexOf, TareError } from "../../base/index.ts";
import { type CacheLocation, type LocatedLayer, openPlace } from "../../remote-cache/index.ts";
import type { Store, StoredLayer } from "../../store/index.ts";
import type { BuildJob } from "../build/job.ts";
import type { RegistryAccess } from "../transfer/registry-access.ts";

/** A layer that a cache is to have: in the store, or still where it was imported from. */
export type CacheLayer =
  | { readonly kind: "stored"; readonly id: string; readonly layer: StoredLayer }
  | {
      readonly kind: "elsewhere";
      readonly id: string;
      readonly layer: LocatedLayer;
      readonly location: CacheLocation;
      readonly bytes: () => AsyncIterable<Uint8Array>;
    };

/** Finds layers by their ids; those that are nowhere are left out. */
export async function findCacheLayers(
  ids: readonly string[],
  { job, store, access }: { readonly job: BuildJob; readonly store: Store; readonly access: RegistryAccess },
  signal: AbortSignal,
): Promise<readonly CacheLayer[]> {
  const elsewhere = new Map<string, CacheLayer>();
  for (const { layers, location } of [...(job.imported ?? [])].reverse()) {
    const place = openPlace(location, (reference) => access.registry(reference), signal);
    for (const layer of layers) {
      const id = hexOf(layer.diffId);
      const bytes = () => fromElsewhere(place.blob(layer.descriptor));
      elsewhere.set(id, { kind: "elsewhere", id, layer, location, bytes });
    }
  }
  const found = await Promise.all(
    ids.map(async (id): Promise<CacheLayer | undefined> => {
      const layer = await store.layers.get(id);
      return layer ? { kind: "stored", id, layer } : elsewhere.get(id);
    }),
  );
  return found.filter((layer) => layer !== undefined);
}

/** That a layer can not be read where it was imported from; no fault of where it goes to. */
class LostLayer extends TareError {}

async function* fromElsewhere(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    if (!(error instanceof TareError) || error.code === "user-cancelled") throw error;
    throw new LostLayer(error.code, error.message, error.facts);
  }
}

/** What sending gives; undefined for a layer that can not be read where it is. */
export async function unlessLost<T>(sending: Promise<T>): Promise<T | undefined> {
  try {
    return await sending;
  } catch (error) {
    if (error instanceof LostLayer) return undefined;
    throw error;
  }
}

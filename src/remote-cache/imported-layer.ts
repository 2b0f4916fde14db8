import { defined, hexOf, type Limiter, lazyAsync, TareError } from "../base/index.ts";
import { lateLayer, type Store, type StoredLayer } from "../store/index.ts";
import type { LocatedLayer } from "./document.ts";
import type { CachePlace } from "./place.ts";
import { tarOf } from "./tar.ts";

export interface ImportedLayerOptions {
  readonly store: Store;
  readonly place: CachePlace;
  /** With its registry, where the place is one. */
  readonly repository?: string;
  /** Bounds how many are fetched at once. */
  readonly limit: Limiter;
  /** Told why the layer can not be had; the error that whoever reads it gets is what this gives. */
  readonly onLoss: (error: unknown) => unknown;
}

/**
 * A layer that may still be elsewhere: what is known of it is told at once, and the first who reads it fetches it into
 * the store. Its blob's digest, its diffID and its sizes are checked before it counts.
 */
export function importedLayer(layer: LocatedLayer, options: ImportedLayerOptions): StoredLayer {
  const { onLoss, limit } = options;
  const here = lazyAsync(() =>
    limit(() => fetchLayer(layer, options)).catch((error: unknown) => {
      throw onLoss(error);
    }),
  );
  const { diffId, size, tarSize, descriptor } = layer;
  const { repository } = options;
  const elsewhere = repository === undefined ? undefined : { descriptor, repository };
  return lateLayer({ id: hexOf(diffId), diffId, size, tarSize, ...defined({ elsewhere }) }, here);
}

async function fetchLayer(
  layer: LocatedLayer,
  { store, place, repository }: ImportedLayerOptions,
): Promise<StoredLayer> {
  const { diffId, descriptor, size } = layer;
  const known = await store.layers.get(hexOf(diffId));
  if (known) return known;
  const stored = await store.layers.addTar(tarOf(place, layer), { expected: diffId });
  if (stored.size === size) {
    // A push to the same registry need not compress or send it.
    if (repository !== undefined) await store.layers.rememberRemote(stored.id, { descriptor, repository });
    return stored;
  }
  throw new TareError("integrity-archive", `layer ${diffId} has files of ${stored.size} bytes, not ${size}`);
}

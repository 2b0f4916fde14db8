import { type Digest, lazyAsync, limiter } from "../base/index.ts";
import { parseReference } from "../oci/index.ts";
import {
  type ImageRecord,
  lateLayer,
  type RemoteLayer,
  type Store,
  type StoredLayer,
} from "../store/index.ts";
import type { RegistryChoice } from "./registry-access.ts";

/** What fetching a layer needs. */
export interface PromisedPlace extends RegistryChoice {
  readonly store: Store;
  readonly signal: AbortSignal;
}

const AT_ONCE = 4;

/**
 * The layers of an image that are still in its registry, by their ids: each is fetched, and verified against its diffID,
 * when somebody reads it.
 */
export function promisedLayers(
  { promised = {} }: ImageRecord,
  place: PromisedPlace,
): (id: string) => StoredLayer | undefined {
  const limit = limiter(AT_ONCE);
  return (id) => {
    const elsewhere = Object.hasOwn(promised, id) ? promised[id] : undefined;
    if (!elsewhere) return undefined;
    const diffId: Digest = `sha256:${id}`;
    const here = lazyAsync(() => limit(() => fetchPromised(diffId, { ...place, elsewhere })));
    return lateLayer({ id, diffId, size: elsewhere.descriptor.size, elsewhere }, here);
  };
}

/**
 * Which of the layers of an image are still in their registry; undefined when none is. Where they are not to be left there,
 * they are fetched now.
 */
export async function stillPromised(
  store: Store,
  { layers, leave }: { readonly layers: readonly StoredLayer[]; readonly leave: boolean },
): Promise<ImageRecord["promised"]> {
  const promised: Record<string, RemoteLayer> = {};
  for (const { id, elsewhere, index } of layers) {
    if (!elsewhere || (await store.layers.get(id))) continue;
    if (leave) promised[id] = elsewhere;
    else await index();
  }
  return Object.keys(promised).length > 0 ? promised : undefined;
}

async function fetchPromised(
  diffId: Digest,
  { elsewhere, store, signal, ...choice }: PromisedPlace & { readonly elsewhere: RemoteLayer },
): Promise<StoredLayer> {
  const [{ openRegistries }, { readBlob }, { decompress }] = await Promise.all([
    import("./registry-access.ts"),
    import("../registry/index.ts"),
    import("../archive/index.ts"),
  ]);
  const { descriptor, repository } = elsewhere;
  await using access = openRegistries(choice, signal);
  const reference = parseReference(repository);
  const blob = { repository: reference.path, descriptor };
  const tar = decompress(readBlob(access.registry(reference), blob, signal));
  const stored = await store.layers.addTar(tar, { expected: diffId });
  // Now somebody has checked that this blob is that layer.
  await store.layers.rememberRemote(stored.id, elsewhere);
  return stored;
}

import { type Digest, hexOf, lazyAsync, limiter } from "../base/index.ts";
import { parseReference } from "../oci/index.ts";
import type { Registry } from "../registry/index.ts";
import type { BuildEvent } from "../solver/index.ts";
import {
  type ImageRecord,
  lateLayer,
  type RemoteLayer,
  type Store,
  type StoredLayer,
} from "../store/index.ts";
import { countedBytes } from "./counted-bytes.ts";
import type { RegistryAccess, RegistryChoice } from "./registry-access.ts";
import { transferStep } from "./transfer-step.ts";

/** What fetching a layer needs. */
export interface PromisedPlace extends RegistryChoice {
  readonly store: Store;
  readonly signal: AbortSignal;
  /** Tells of a layer that comes by itself; default nobody. */
  readonly events?: { readonly emit: (event: BuildEvent) => void; readonly now: () => number };
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
  const shared = sharedRegistries(place);
  return (id) => {
    const elsewhere = Object.hasOwn(promised, id) ? promised[id] : undefined;
    if (!elsewhere) return undefined;
    const diffId: Digest = `sha256:${id}`;
    const watching = new Set<(count: number) => void>();
    const onBytes = (count: number) => {
      for (const tell of watching) tell(count);
    };
    const bring = () => limit(() => fetchPromised(diffId, { ...place, elsewhere, shared, onBytes }));
    const here = lazyAsync(() =>
      watching.size > 0 ? bring() : alone(bring, { elsewhere, watching, ...place }),
    );
    const fetch = async (tell: (count: number) => void) => {
      watching.add(tell);
      await here().finally(() => watching.delete(tell));
    };
    return lateLayer({ id, diffId, size: elsewhere.descriptor.size, elsewhere, fetch }, here);
  };
}

/** A layer that nobody has announced is a step of its own. */
async function alone(
  bring: () => Promise<StoredLayer>,
  {
    elsewhere: { descriptor, repository },
    watching,
    events,
  }: Pick<PromisedPlace, "events"> & {
    readonly elsewhere: RemoteLayer;
    readonly watching: Set<(count: number) => void>;
  },
): Promise<StoredLayer> {
  if (!events) return bring();
  const title = `[internal] pull ${repository} layer ${hexOf(descriptor.digest).slice(0, 12)}`;
  return transferStep(title, events, async (onProgress) => {
    let current = 0;
    watching.add((count) => {
      current += count;
      onProgress(current, descriptor.size);
    });
    return bring();
  });
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

/** Fetches layers that are going to be read as a whole, at once, as one step for each repository. */
export async function fetchPromisedLayers(
  store: Store,
  {
    layers,
    events,
  }: {
    readonly layers: readonly StoredLayer[];
    readonly events: NonNullable<PromisedPlace["events"]>;
  },
): Promise<void> {
  const found = await Promise.all(
    layers.map(async (layer) => ((await store.layers.get(layer.id)) ? [] : [layer])),
  );
  const remote = found
    .flat()
    .flatMap(({ elsewhere, fetch }) => (elsewhere && fetch ? [{ ...elsewhere, fetch }] : []));
  const steps = [...new Set(remote.map(({ repository }) => repository))].map((repository) => {
    const own = remote.filter((one) => one.repository === repository);
    const total = own.reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    return transferStep(`[internal] pull ${repository}`, events, async (onProgress) => {
      let current = 0;
      const onBytes = (count: number) => {
        current += count;
        onProgress(current, total);
      };
      await allEnded(own.map(({ fetch }) => fetch(onBytes)));
    });
  });
  await allEnded(steps);
}

/** The first failure, once all of them have ended: nothing goes on unseen. */
async function allEnded(tasks: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(tasks))
    if (outcome.status === "rejected") throw outcome.reason;
}

/** Whether the store has all layers of an image. */
export async function isWhole(store: Store, { layers }: ImageRecord): Promise<boolean> {
  const found = await Promise.all(layers.map((id) => store.layers.get(id)));
  return found.every((layer) => layer !== undefined);
}

async function fetchPromised(
  diffId: Digest,
  { elsewhere, store, signal, shared, onBytes }: PromisedPlace & Fetching,
): Promise<StoredLayer> {
  const known = await store.layers.get(hexOf(diffId));
  if (known) return known;
  const [{ readBlob }, { decompressWithin }] = await Promise.all([
    import("../registry/index.ts"),
    import("../archive/index.ts"),
  ]);
  const { descriptor, repository } = elsewhere;
  const blob = { repository: parseReference(repository).path, descriptor };
  const stored = await shared(repository, (registry) => {
    const bytes = countedBytes(readBlob(registry, blob, signal), onBytes);
    return store.layers.addTar(decompressWithin(bytes), { expected: diffId });
  });
  // Now somebody has checked that this blob is that layer.
  await store.layers.rememberRemote(stored.id, elsewhere);
  return stored;
}

interface Fetching {
  readonly elsewhere: RemoteLayer;
  readonly shared: SharedRegistries;
  readonly onBytes: (count: number) => void;
}

/** Does something with the registry of a repository; who comes while others are at it shares their connections. */
type SharedRegistries = <T>(repository: string, task: (registry: Registry) => Promise<T>) => Promise<T>;

function sharedRegistries({
  store: _store,
  events: _events,
  signal,
  ...choice
}: PromisedPlace): SharedRegistries {
  let users = 0;
  let opened: Promise<RegistryAccess> | undefined;
  const known = new Map<string, Registry>();
  return async (repository, task) => {
    users++;
    opened ??= import("./registry-access.ts").then(({ openRegistries }) => openRegistries(choice, signal));
    const own = opened;
    try {
      const access = await own;
      const registry = known.get(repository) ?? access.registry(parseReference(repository));
      known.set(repository, registry);
      return await task(registry);
    } finally {
      users--;
      if (users === 0) {
        opened = undefined;
        known.clear();
        await (await own)[Symbol.asyncDispose]();
      }
    }
  };
}

import { type Digest, hexOf, lazyAsync, limiter } from "../../base/index.ts";
import { parseReference, tableOfContents } from "../../oci/index.ts";
import type { BuildEvent } from "../../solver/index.ts";
import {
  type BelievedList,
  believedList,
  type ImageRecord,
  isSmallLayer,
  lateLayer,
  listedLayer,
  openListing,
  type RemoteLayer,
  type Store,
  type StoredLayer,
  type Transfer,
} from "../../store/index.ts";
import { transferStep } from "../transfer-step.ts";
import { countedBytes } from "./counted-bytes.ts";
import type { RegistryChoice } from "./registry-access.ts";
import { type SharedRegistries, sharedRegistries } from "./shared-registries.ts";

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
  { promised = {}, listed = {} }: ImageRecord,
  place: PromisedPlace,
): (id: string) => StoredLayer | undefined {
  const limit = limiter(AT_ONCE);
  const { store: _store, events: _events, signal, ...choice } = place;
  const shared = sharedRegistries(choice, signal);
  return (id) => {
    const elsewhere = Object.hasOwn(promised, id) ? promised[id] : undefined;
    if (!elsewhere) return undefined;
    const diffId: Digest = `sha256:${id}`;
    const watching = new Set<(count: number) => void>();
    const onBytes = (count: number) => {
      for (const tell of watching) tell(count);
    };
    const bring = () => limit(() => fetchPromised(diffId, { ...place, elsewhere, shared, onBytes }));
    const list = promisedList({ elsewhere, digest: listed[id] }, { ...place, shared });
    let isWanted = false;
    const here = lazyAsync(async () => {
      isWanted = true;
      const layer = await (watching.size > 0 ? bring() : alone(bring, { elsewhere, watching, ...place }));
      await list?.confirm(layer);
      return layer;
    });
    const fetch = async (tell: (count: number) => void) => {
      watching.add(tell);
      await here().finally(() => watching.delete(tell));
    };
    const late = lateLayer({ id, diffId, size: elsewhere.descriptor.size, elsewhere, fetch }, here);
    return list ? listedLayer(late, { list, whole: here, isWanted: () => isWanted }) : late;
  };
}

/** Its table of contents, where the image's manifest names one and the layer is worth it. */
function promisedList(
  { elsewhere, digest }: { readonly elsewhere: RemoteLayer; readonly digest: Digest | undefined },
  { store, shared, signal, events }: PromisedPlace & { readonly shared: SharedRegistries },
): BelievedList | undefined {
  const { descriptor, repository } = elsewhere;
  const { size } = descriptor;
  const toc = tableOfContents(descriptor);
  if (!toc || toc.digest !== digest || isSmallLayer({ size })) return undefined;
  async function* readPart(offset: number, length: number): AsyncGenerator<Uint8Array> {
    const { readBlobPart } = await import("../../registry/index.ts");
    const part = { repository: parseReference(repository).path, descriptor, offset, length };
    await using opened = await shared(repository);
    yield* readBlobPart(opened.registry, part, signal);
  }
  const { blobs, scratch } = store;
  const transfer = events && partTransfer(elsewhere, events);
  return believedList(() =>
    openListing({ size, readPart }, { toc, blobs, scratch, ...(transfer && { transfer }) }),
  );
}

/** Parts of a layer that take a while are steps of their own. */
function partTransfer(
  { descriptor, repository }: RemoteLayer,
  events: NonNullable<PromisedPlace["events"]>,
): Transfer {
  const title = `[internal] pull ${repository} parts of layer ${hexOf(descriptor.digest).slice(0, 12)}`;
  let times = 0;
  return (total, work) => {
    if (total < WHILE) return work(() => undefined);
    times++;
    const name = times > 1 ? `${title} (${times})` : title;
    // What is wrong with a part is passed over: the whole layer comes then, which is held against its digest.
    return transferStep(name, { ...events, isTrial: true }, (onProgress) => {
      let current = 0;
      return work((count) => {
        current += count;
        onProgress(current, total);
      });
    });
  };
}

/** Bytes. */
const WHILE = 1 << 20;

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
  for (const { id, elsewhere, fetch } of layers) {
    if (!elsewhere || (await store.layers.get(id))) continue;
    if (leave) promised[id] = elsewhere;
    else await fetch?.(() => undefined);
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
    import("../../registry/index.ts"),
    import("../../archive/index.ts"),
  ]);
  const { descriptor, repository } = elsewhere;
  const blob = { repository: parseReference(repository).path, descriptor };
  await using opened = await shared(repository);
  const bytes = countedBytes(readBlob(opened.registry, blob, signal), onBytes);
  const stored = await store.layers.addTar(decompressWithin(bytes), { expected: diffId });
  // Now somebody has checked that this blob is that layer.
  await store.layers.rememberRemote(stored.id, elsewhere);
  return stored;
}

interface Fetching {
  readonly elsewhere: RemoteLayer;
  readonly shared: SharedRegistries;
  readonly onBytes: (count: number) => void;
}

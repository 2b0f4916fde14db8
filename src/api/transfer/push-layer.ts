import { type Digest, hexOf, type Limiter } from "../../base/index.ts";
import type { Descriptor, Reference } from "../../oci/index.ts";
import { hasBlob, mountBlob, pushBlob, type Registry } from "../../registry/index.ts";
import type { RemoteLayer, Store, StoredLayer } from "../../store/index.ts";
import { countedBytes } from "./counted-bytes.ts";
import { repositoryOf } from "./registry-access.ts";

/** Where a push goes. */
export interface PushTarget {
  readonly registry: Registry;
  readonly reference: Reference;
}

/** How a layer came to be in the target's repository. */
export interface PushedLayer {
  /** Of the compressed form that is there. */
  readonly descriptor: Descriptor;
  readonly outcome: "pushed" | "exists" | "mounted";
  /** The repository that it was mounted from. */
  readonly from?: string;
}

/** A layer, and how it was compressed where the image comes from. */
export interface LayerToPush {
  readonly layer: StoredLayer;
  readonly original: Descriptor | undefined;
}

/**
 * Sees to it that a repository has a layer. A form that the registry has is taken as it is: then the layer is neither
 * read nor compressed. `onBytes` is told of every byte that is sent.
 */
export async function pushLayer(
  store: Store,
  {
    layer,
    original,
    target,
    onBytes,
    limit = (send) => send(),
  }: LayerToPush & {
    readonly target: PushTarget;
    readonly onBytes: (count: number) => void;
    /** Bounds how many are compressed and sent at once; default: as many as are asked for. */
    readonly limit?: Limiter;
  },
  signal: AbortSignal,
): Promise<PushedLayer> {
  const there = await layerThere(store, { layer, original, target }, signal);
  const pushed = there ?? (await limit(() => sendLayer(store, { layer, original, target, onBytes }, signal)));
  const { descriptor } = pushed;
  await store.layers.rememberRemote(layer.id, { descriptor, repository: repositoryOf(target.reference) });
  return pushed;
}

/** A compressed form that the registry has already, in this repository or in another one. */
export async function layerThere(
  store: Store,
  { layer, original, target }: LayerToPush & { readonly target: PushTarget },
  signal: AbortSignal,
): Promise<PushedLayer | undefined> {
  const { registry, reference } = target;
  const repository = reference.path;
  const remotes = await store.layers.remotes(layer.id);
  for (const descriptor of forms(remotes, original)) {
    const { digest } = descriptor;
    if (await hasBlob(registry, { repository, digest }, signal)) return { descriptor, outcome: "exists" };
    for (const from of placesOf(remotes, { digest, target }))
      if (await mountBlob(registry, { repository, from, digest }, signal))
        return { descriptor, outcome: "mounted", from };
  }
  return undefined;
}

async function sendLayer(
  store: Store,
  {
    layer,
    original,
    target,
    onBytes,
  }: LayerToPush & { readonly target: PushTarget; readonly onBytes: (count: number) => void },
  signal: AbortSignal,
): Promise<PushedLayer> {
  const { registry, reference } = target;
  // The store has every layer uncompressed, which nobody would like to send.
  const isKept = original && hexOf(original.digest) !== layer.id && (await store.blobs.has(original.digest));
  const descriptor = isKept ? original : await layer.descriptor();
  const { digest, size } = descriptor;
  const blob = { repository: reference.path, digest };
  if (await hasBlob(registry, blob, signal)) return { descriptor, outcome: "exists" };
  const bytes = (offset: number) =>
    countedBytes(
      offset === 0 ? store.blobs.pass(digest) : store.blobs.range(digest, offset, size - offset),
      onBytes,
    );
  await pushBlob(registry, { repository: reference.path, descriptor, bytes }, signal);
  return { descriptor, outcome: "pushed" };
}

/** The forms that a registry may have: the one of the image's own manifest first, then the newest. */
function forms(remotes: readonly RemoteLayer[], original: Descriptor | undefined): readonly Descriptor[] {
  const all = [...(original ? [original] : []), ...remotes.map(({ descriptor }) => descriptor)];
  return [...new Map(all.map((one) => [one.digest, one])).values()].slice(0, MOST_FORMS);
}

const MOST_FORMS = 4;
const MOST_PLACES = 3;

/** Other repositories of the same registry that have a form. */
function placesOf(
  remotes: readonly RemoteLayer[],
  { digest, target }: { readonly digest: Digest; readonly target: PushTarget },
): readonly string[] {
  const host = `${target.reference.domain}/`;
  return remotes
    .filter(({ repository, descriptor }) => descriptor.digest === digest && repository.startsWith(host))
    .map(({ repository }) => repository.slice(host.length))
    .filter((path) => path !== target.reference.path)
    .slice(0, MOST_PLACES);
}

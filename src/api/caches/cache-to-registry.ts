import { collectBytes, mapConcurrent } from "../../base/index.ts";
import type { LayoutBlob } from "../../layout/index.ts";
import type { Descriptor } from "../../oci/index.ts";
import { pushManifest } from "../../registry/index.ts";
import {
  type CacheArtifact,
  type CacheRecords,
  describeCache,
  type LocatedLayer,
  plainDescriptor,
} from "../../remote-cache/index.ts";
import type { Store, StoredLayer } from "../../store/index.ts";
import { type PushTarget, pushLayer } from "../transfer/push-layer.ts";
import { readableLayers } from "../transfer/readable-layers.ts";
import { sendBlob } from "../transfer/send-blob.ts";
import { type CacheLayer, unlessLost } from "./cache-layers.ts";

/** A cache on its way out. */
export interface OutgoingCache {
  readonly records: CacheRecords;
  readonly layers: readonly CacheLayer[];
  readonly store: Store;
}

const AT_ONCE = 4;

/** An artifact with the blobs that it names. */
export interface OutgoingArtifact {
  readonly artifact: CacheArtifact;
  /** Those of its layers that are not where it goes. */
  readonly blobs: readonly LayoutBlob[];
}

/** A cache as an artifact whose layers are in a registry's repository by now. */
export async function cacheInRegistry(
  { records, layers, store }: OutgoingCache,
  target: PushTarget,
  signal: AbortSignal,
): Promise<OutgoingArtifact> {
  const stored = layers.flatMap((one) => (one.kind === "stored" ? [one.layer] : []));
  const readable = new Map(
    (await readableLayers(store, { layers: stored, target }, signal)).map((layer) => [layer.id, layer]),
  );
  const sent = await mapConcurrent(layers, AT_ONCE, async (one) => {
    const layer = await (one.kind === "stored"
      ? sendStored(store, { layer: readable.get(one.id) ?? one.layer, target }, signal)
      : unlessLost(sendOther(one, target, signal)));
    return layer && { id: one.id, layer };
  });
  return {
    artifact: describeCache(
      records,
      sent.filter((one) => one !== undefined),
    ),
    blobs: [],
  };
}

/** Puts an artifact into a registry: what is not there, then the manifest under its tag. */
export async function writeToRegistry(
  { artifact, blobs }: OutgoingArtifact,
  target: PushTarget,
  signal: AbortSignal,
): Promise<void> {
  const { registry, reference } = target;
  for (const blob of [...blobs, artifact.config]) await sendBlob(blob, { target }, signal);
  const name = { repository: reference.path, reference: reference.tag ?? "latest" };
  const bytes = await collectBytes(artifact.manifest.bytes());
  await pushManifest(registry, { ...name, bytes, mediaType: artifact.descriptor.mediaType }, signal);
}

async function sendStored(
  store: Store,
  { layer, target }: { readonly layer: StoredLayer; readonly target: PushTarget },
  signal: AbortSignal,
): Promise<LocatedLayer> {
  const { descriptor } = await pushLayer(
    store,
    { layer, original: undefined, target, onBytes: () => {} },
    signal,
  );
  return locatedLayer(layer, descriptor);
}

/** A layer of the store with where a compressed form of it is. */
export async function locatedLayer(layer: StoredLayer, descriptor: Descriptor): Promise<LocatedLayer> {
  return {
    diffId: await layer.diffId(),
    size: layer.size,
    tarSize: await layer.tarSize(),
    descriptor: plainDescriptor(descriptor),
  };
}

/** From where it was imported, within the registry if that is the same one. */
async function sendOther(
  { layer, location, bytes }: Extract<CacheLayer, { kind: "elsewhere" }>,
  target: PushTarget,
  signal: AbortSignal,
): Promise<LocatedLayer> {
  const { digest, size } = layer.descriptor;
  const from = location.type === "registry" ? location.reference : undefined;
  await sendBlob({ digest, size, bytes, from }, { target }, signal);
  return layer;
}

import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOf, isSystemError, mapConcurrent, throwIfCancelled } from "../../base/index.ts";
import { blobPath, type LayoutBlob, writeLayoutFolder } from "../../layout/index.ts";
import { MEDIA_TYPE } from "../../oci/index.ts";
import { type CacheLocation, describeCache, type LocatedLayer } from "../../remote-cache/index.ts";
import type { Store, StoredLayer } from "../../store/index.ts";
import { compressUnreadable } from "../transfer/readable-layers.ts";
import { type CacheLayer, unlessLost } from "./cache-layers.ts";
import { locatedLayer, type OutgoingArtifact, type OutgoingCache } from "./cache-to-registry.ts";

/** Each of them uses every processor by itself already. */
const AT_ONCE = 2;

/** A cache as an artifact with its layers. */
export async function cacheInLayout(
  { records, layers, store }: OutgoingCache,
  signal: AbortSignal,
): Promise<OutgoingArtifact> {
  const stored = layers.flatMap((one) => (one.kind === "stored" ? [one.layer] : []));
  await compressUnreadable(store, stored, signal);
  const prepared = await mapConcurrent(layers, AT_ONCE, async (one) => {
    throwIfCancelled(signal);
    const located = await (one.kind === "stored" ? storedBlob(store, one) : unlessLost(otherBlob(one)));
    return located && { id: one.id, ...located };
  });
  const kept = prepared.filter((one) => one !== undefined);
  return { artifact: describeCache(records, kept), blobs: kept.map(({ blob }) => blob) };
}

/**
 * Writes an artifact into a folder, an OCI layout, under its tag. What is there stays, unless it is damaged; the index is
 * replaced last, so a failure leaves what was there before.
 */
export async function writeToLayout(
  { artifact: { config, manifest, descriptor }, blobs }: OutgoingArtifact,
  { path, name }: Extract<CacheLocation, { type: "local" }>,
  signal: AbortSignal,
): Promise<void> {
  const line = { ...descriptor, annotations: { "org.opencontainers.image.ref.name": name } };
  const index = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: [line] } as const;
  await removeDamaged(path, blobs, signal);
  await writeLayoutFolder(path, { index, blobs: [...blobs, config, manifest] }, signal);
}

/** Blobs of the folder that are not what their names say would stay for ever, and every build would find that out anew. */
async function removeDamaged(
  folder: string,
  blobs: readonly LayoutBlob[],
  signal: AbortSignal,
): Promise<void> {
  await mapConcurrent(blobs, AT_ONCE, async ({ digest }) => {
    throwIfCancelled(signal);
    const file = join(folder, blobPath(digest));
    if ((await digestOfFile(file)) !== digest) await rm(file, { force: true });
  });
}

/** Undefined for a file that is not there. */
async function digestOfFile(file: string): Promise<Digest | undefined> {
  try {
    return await digestOf(createReadStream(file, { highWaterMark: 1 << 20 }));
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

interface PreparedLayer {
  readonly layer: LocatedLayer;
  readonly blob: LayoutBlob;
}

async function storedBlob(
  store: Store,
  { id, layer }: { id: string; layer: StoredLayer },
): Promise<PreparedLayer> {
  // Somebody else may have made its compressed form since it was opened.
  const current = (await store.layers.get(id)) ?? layer;
  const descriptor = await current.descriptor();
  const { digest, size } = descriptor;
  return {
    layer: await locatedLayer(current, descriptor),
    blob: { digest, size, bytes: () => store.blobs.get(digest) },
  };
}

/** Read once to see that it is whole: a blob that fails while it is written would spoil all others. */
async function otherBlob({
  layer,
  bytes,
}: Extract<CacheLayer, { kind: "elsewhere" }>): Promise<PreparedLayer> {
  for await (const _ of bytes());
  const { digest, size } = layer.descriptor;
  return { layer, blob: { digest, size, bytes } };
}

import { type Digest, hexOf, sha256 } from "../base/index.ts";
import { canonicalName, type Reference, samePlatform, withDefaultTag } from "../oci/index.ts";
import type { ResolvedManifest } from "../registry/index.ts";
import type { ImageRecord, Store } from "../store/index.ts";

/**
 * Leads a name to an image that was fetched by it, of what it leads to in the registry, `root`, with so many images. Images for other platforms
 * keep the name when they are of the same index: one that is not any more in the registry is not what the name means.
 */
export async function nameFetched(
  store: Store,
  {
    reference,
    record,
    manifest: { root: found, images: rootImages },
  }: {
    readonly reference: Reference;
    readonly record: ImageRecord;
    readonly manifest: Pick<ResolvedManifest, "root" | "images">;
  },
  signal: AbortSignal,
): Promise<void> {
  const root = found.digest;
  const name = canonicalName(withDefaultTag(reference));
  // Somebody may fetch it for another platform at the same time.
  using _turn = await store.exclusive(`name-${hexOf(sha256(name))}`, signal);
  const before = await store.images.named(name);
  if (before?.root === root && before.images.includes(record.id)) return;
  const kept = before?.root === root ? await others(store, before.images, record) : [];
  const images = [...kept, record.id];
  await store.images.tag(reference, { images, isIndex: images.length > 1, root, rootImages });
}

async function others(
  store: Store,
  ids: readonly Digest[],
  { platform, id: own }: ImageRecord,
): Promise<readonly Digest[]> {
  const kept: Digest[] = [];
  for (const id of ids) {
    const record = id === own ? undefined : await store.images.resolve(id);
    if (record && !samePlatform(record.platform, platform)) kept.push(id);
  }
  return kept;
}

import { hexOf, sha256 } from "../../base/index.ts";
import { canonicalName, type Reference, samePlatform, withDefaultTag } from "../../oci/index.ts";
import type { ResolvedManifest } from "../../registry/index.ts";
import type { ImageRecord, NameTarget, Store } from "../../store/index.ts";

/**
 * Leads a name to an image that was fetched by it, of what it leads to in the registry, `root`, with so many images. It is for
 * the platform that the index says, where there is one. Images for other platforms keep the name when they are of the same
 * index: one that is not any more in the registry is not what the name means.
 */
export async function nameFetched(
  store: Store,
  {
    reference,
    record,
    manifest: { root: found, images: rootImages, platform },
  }: {
    readonly reference: Reference;
    readonly record: ImageRecord;
    readonly manifest: Pick<ResolvedManifest, "root" | "images" | "platform">;
  },
  signal: AbortSignal,
): Promise<void> {
  const root = found.digest;
  await nameInTurn(
    store,
    reference,
    async (before) => {
      const own = { ...record, platform: platform ?? record.platform };
      const there = before?.root === root ? await store.images.imagesOf(before) : [];
      const records = [...there.filter((one) => !samePlatform(one.platform, own.platform)), own];
      return {
        images: records.map(({ id }) => id),
        platforms: records.map((one) => one.platform),
        isIndex: records.length > 1 || (before?.root === root && before.isIndex),
        root,
        rootImages,
        ...(before?.root === root && before.index !== undefined && { index: before.index }),
      };
    },
    signal,
  );
}

/** Leads a name to something else than before. Somebody may fetch it for another platform at the same time. */
export async function nameInTurn(
  store: Store,
  reference: Reference,
  target: (before: NameTarget | undefined) => Promise<NameTarget>,
  signal: AbortSignal,
): Promise<void> {
  const name = canonicalName(withDefaultTag(reference));
  using _turn = await store.exclusive(`name-${hexOf(sha256(name))}`, signal);
  await store.images.tag(reference, await target(await store.images.named(name)));
}

import { collectBytes, type Digest, TareError } from "../../base/index.ts";
import { type Descriptor, formatPlatform, isIndexType, type Platform } from "../../oci/index.ts";
import { chooseForPlatform, descriptorsIn, type FetchedManifest, jsonObject } from "../../registry/index.ts";
import type { CopySource } from "./copy-source.ts";

/** All that an image consists of. */
export interface CopyPlan {
  /** What a name is to lead to. */
  readonly root: FetchedManifest;
  /** Each once, the root last: what an index names comes before it. */
  readonly manifests: readonly FetchedManifest[];
  /** Each once: configs and layers. */
  readonly blobs: readonly Descriptor[];
}

const MAX_DEPTH = 4;
/** An index of indexes may name more images than anybody would ever want. */
const MAX_MANIFESTS = 1000;

/**
 * Reads the documents of an image, of all its platforms or of one. Layers that nobody may hand on (foreign ones) are
 * left out. `resolve-image` when there is none for the platform, `integrity-archive`.
 */
export async function planCopy(source: CopySource, platform: Platform | undefined): Promise<CopyPlan> {
  const manifests = new Map<Digest, FetchedManifest>();
  const blobs = new Map<Digest, Descriptor>();
  const { title } = source;

  async function add(found: FetchedManifest, depth: number): Promise<void> {
    const { digest, mediaType } = found.descriptor;
    if (manifests.has(digest)) return;
    if (depth > MAX_DEPTH)
      throw new TareError("integrity-archive", `${title} has indexes too deep in one another`);
    if (isIndexType(mediaType))
      for (const line of descriptorsIn(found.json.manifests ?? [], title))
        if (!manifests.has(line.digest)) await add(await source.manifest(line), depth + 1);
    if (manifests.size === MAX_MANIFESTS)
      throw new TareError("integrity-archive", `${title} has more than ${MAX_MANIFESTS} manifests`, {
        hint: "copy one platform with --platform",
      });
    manifests.set(digest, found);
    if (!isIndexType(mediaType)) for (const blob of blobsOf(found, title)) blobs.set(blob.digest, blob);
  }

  const root = await chosen(source, platform);
  await add(root, 0);
  return { root, manifests: [...manifests.values()], blobs: [...blobs.values()] };
}

async function chosen(source: CopySource, platform: Platform | undefined): Promise<FetchedManifest> {
  let found = await source.root();
  for (let depth = 0; platform && isIndexType(found.descriptor.mediaType); depth++) {
    if (depth > MAX_DEPTH)
      throw new TareError("integrity-archive", `${source.title} has indexes too deep in one another`);
    const lines = descriptorsIn(found.json.manifests, source.title);
    found = await source.manifest(chooseForPlatform(lines, { platform, what: source.title }));
  }
  if (platform) await checkPlatform(found, { source, platform });
  return found;
}

/** An image without an index says in its config alone what it is for. */
async function checkPlatform(
  manifest: FetchedManifest,
  { source, platform }: { readonly source: CopySource; readonly platform: Platform },
): Promise<void> {
  const [config] = descriptorsIn([manifest.json.config], source.title) as [Descriptor];
  if (config.size > MAX_CONFIG) return;
  const { os, architecture } = jsonObject(await collectBytes(source.blob(config))) ?? {};
  if (os === platform.os && architecture === platform.architecture) return;
  throw new TareError("resolve-image", `${source.title} has no image for ${formatPlatform(platform)}`, {
    hint:
      typeof os === "string" && typeof architecture === "string"
        ? `it is for ${formatPlatform({ os, architecture })}`
        : "it does not say what it is for: leave --platform out",
  });
}

/** Bytes of an image's config; what is larger is none. */
export const MAX_CONFIG = 8 << 20;

function blobsOf({ json }: FetchedManifest, title: string): readonly Descriptor[] {
  const layers = descriptorsIn(json.layers ?? [], title);
  return [...descriptorsIn([json.config], title), ...layers.filter(({ mediaType }) => !isForeign(mediaType))];
}

/** OCI image-spec, layer.md, "Non-Distributable Layers", and Docker's name for them. */
function isForeign(mediaType: string): boolean {
  return /\.nondistributable\.|\.foreign\./.test(mediaType);
}

import { type Digest, isDigest, TareError } from "../base/index.ts";
import {
  type Descriptor,
  isDescriptor,
  isImageConfigType,
  type Platform,
  samePlatform,
} from "../oci/index.ts";
import { CACHE_TYPE, INLINE_FIELD } from "./document.ts";
import { type LocatedMount, MOUNTS_TYPE, parseMounts } from "./mounts-document.ts";
import { type ParsedDocument, parseDocument } from "./parse-document.ts";
import { type CachePlace, collectDocument, type Json, MAX_DOCUMENT, parseJsonObject } from "./place.ts";

/**
 * Reads the records of a cache for several platforms: those of every image of an index for one of them that has some, else
 * the one cache that there is. As `readCache` where none of them has any.
 */
export async function readCaches(
  place: CachePlace,
  platforms: readonly Platform[],
): Promise<readonly ParsedDocument[]> {
  const isIndex = Array.isArray((await place.root()).manifests);
  const wanted = isIndex ? platforms : platforms.slice(0, 1);
  const found = await Promise.allSettled(wanted.map((platform) => readCache(place, platform)));
  const read = found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const failed = found.find((one) => one.status === "rejected");
  if (read.length === 0 && failed) throw failed.reason;
  return read;
}

/**
 * Reads the records of a cache: an artifact of its own, or an image with them in its config. No layer is read.
 * `user-unsupported` for what is no cache of this kind, `resolve-*`, `registry-*`, `integrity-*`.
 */
export async function readCache(place: CachePlace, platform: Platform): Promise<ParsedDocument> {
  const manifest = await manifestFor(place, platform);
  const { config, layers: descriptors } = manifest;
  if (!isDescriptor(config)) throw new TareError("integrity-archive", "its manifest has no config");
  if (config.mediaType === CACHE_TYPE.config)
    return parseDocument(await jsonBlob(place, config), { descriptors });
  if (!isImageConfigType(config.mediaType)) throw foreign(`it is no cache, but ${config.mediaType}`);
  const image = await jsonBlob(place, config);
  if (Object.hasOwn(image, INLINE_FIELD))
    return parseDocument(image[INLINE_FIELD], { descriptors, diffIds: diffIdsOf(image) });
  throw foreign(
    Object.hasOwn(image, "moby.buildkit.cache.v0")
      ? "the image has an inline cache of BuildKit, which only BuildKit can read"
      : "the image has no cache in it",
  );
}

/** Reads which cache mounts an artifact has, as `readCache` reads records. */
export async function readMounts(place: CachePlace, platform: Platform): Promise<readonly LocatedMount[]> {
  const { config, layers } = await manifestFor(place, platform);
  if (!isDescriptor(config)) throw new TareError("integrity-archive", "its manifest has no config");
  if (config.mediaType === MOUNTS_TYPE.config) return parseMounts(await jsonBlob(place, config), layers);
  throw foreign(`it has no cache mounts, but ${config.mediaType}`);
}

/** The manifest itself, or the one for the platform. */
async function manifestFor(place: CachePlace, platform: Platform): Promise<Json> {
  const root = await place.root();
  refuseBuildkit(root);
  if (!Array.isArray(root.manifests)) return root;
  const lines = root.manifests.filter(isDescriptor);
  const line = lines.find((one) => one.platform && samePlatform(one.platform, platform)) ?? onlyOne(lines);
  if (!line) throw foreign("it is an index that has no image for the platform");
  const manifest = await place.manifest(line.digest);
  refuseBuildkit(manifest);
  return manifest;
}

function onlyOne(lines: readonly Descriptor[]): Descriptor | undefined {
  return lines.length === 1 ? lines[0] : undefined;
}

const BUILDKIT_CONFIG = "application/vnd.buildkit.cacheconfig.v0";

/** BuildKit's cache is an index, or a manifest, with a config of its own kind. */
function refuseBuildkit({ manifests, config }: Json): void {
  const parts = [...(Array.isArray(manifests) ? manifests : []), config].filter(isDescriptor);
  if (parts.some(({ mediaType }) => mediaType === BUILDKIT_CONFIG))
    throw foreign("it is a cache of BuildKit, which only BuildKit can read");
}

async function jsonBlob(place: CachePlace, descriptor: Descriptor): Promise<Json> {
  if (descriptor.size > MAX_DOCUMENT)
    throw new TareError("integrity-archive", `its records have ${descriptor.size} bytes`);
  return parseJsonObject(await collectDocument(place.blob(descriptor), "its config"), "its config");
}

function diffIdsOf(image: Json): readonly Digest[] {
  const ids = (image.rootfs as { readonly diff_ids?: unknown } | undefined)?.diff_ids;
  if (Array.isArray(ids) && ids.every((id) => typeof id === "string" && isDigest(id))) return ids as Digest[];
  throw new TareError("integrity-archive", "the image's config has no diffIDs");
}

function foreign(why: string): TareError {
  return new TareError("user-unsupported", why, {
    hint: "write one with tare build --cache-to, or --cache-mounts-to",
  });
}

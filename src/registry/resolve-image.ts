import { TareError } from "../base/index.ts";
import {
  type Descriptor,
  fittingPlatform,
  formatPlatform,
  isImageConfigType,
  isImageLine,
  isIndexType,
  linePlatform,
  type Platform,
} from "../oci/index.ts";
import { readBlob } from "./fetch-blob.ts";
import {
  descriptorsIn,
  type FetchedManifest,
  fetchManifest,
  MAX_MANIFEST,
  type ManifestName,
  manifestText,
} from "./manifests.ts";
import type { Registry } from "./types.ts";

/** An image of a registry: raw bytes of its small parts, and where its layers are. */
export interface RegistryImage {
  readonly manifest: FetchedManifest;
  readonly config: Uint8Array;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
}

/** A manifest of an image. */
export interface ResolvedManifest extends FetchedManifest {
  /** What the name itself leads to: the index, where there is one. */
  readonly root: Descriptor;
  /** How many images that has. */
  readonly images: number;
  /** What the index says that it is for, where there is one that says so. */
  readonly platform?: Platform;
}

const MAX_DEPTH = 4;

/**
 * The manifest of an image for a platform; indexes are followed. `resolve-image` when there is none for it, with those
 * that there are.
 */
export async function resolveManifest(
  registry: Registry,
  { platform, ...name }: ManifestName & { readonly platform: Platform },
  signal: AbortSignal,
): Promise<ResolvedManifest> {
  let found = await fetchManifest(registry, name, signal);
  const root = found.descriptor;
  let images: number | undefined;
  let said: Platform | undefined;
  for (let depth = 0; isIndexType(found.descriptor.mediaType); depth++) {
    const what = manifestText(registry, name);
    if (depth === MAX_DEPTH)
      throw new TareError("integrity-archive", `${what} has indexes too deep in one another`);
    const lines = descriptorsIn(found.json.manifests, what);
    images ??= imagesOf(lines).length;
    const line = chooseForPlatform(lines, { platform, what });
    said = linePlatform(line) ?? said;
    found = await fetchManifest(registry, { ...name, reference: line.digest }, signal);
  }
  return { ...found, root, images: images ?? 1, ...(said && { platform: said }) };
}

/** The config and layers that a manifest names; the config verified. `integrity-*`, `user-unsupported` for an artifact. */
export async function fetchImage(
  registry: Registry,
  { repository, manifest }: { readonly repository: string; readonly manifest: FetchedManifest },
  signal: AbortSignal,
): Promise<RegistryImage> {
  const what = manifestText(registry, { repository, reference: manifest.descriptor.digest });
  const layers = descriptorsIn(manifest.json.layers, what);
  const [descriptor] = descriptorsIn([manifest.json.config], what) as [Descriptor];
  if (!isImageConfigType(descriptor.mediaType))
    throw new TareError("user-unsupported", `${what} is no image, but ${descriptor.mediaType}`, {
      hint: "give the name of an image",
    });
  if (descriptor.size > MAX_CONFIG)
    throw new TareError("integrity-archive", `${what} has a config of ${descriptor.size} bytes`);
  const parts: Uint8Array[] = [];
  for await (const part of readBlob(registry, { repository, descriptor }, signal)) parts.push(part);
  return { manifest, config: Buffer.concat(parts), layers };
}

const MAX_CONFIG = 2 * MAX_MANIFEST;

/** The line of an index for a platform, or for one whose programs run on it as well. `resolve-image`. */
export function chooseForPlatform(
  lines: readonly Descriptor[],
  { platform, what }: { readonly platform: Platform; readonly what: string },
): Descriptor {
  const images = imagesOf(lines);
  const found =
    fittingPlatform(images, platform) ?? (images.length === 1 && !images[0]?.platform && images[0]);
  if (found) return found;
  const there = images.flatMap((line) => linePlatform(line) ?? []).map(formatPlatform);
  throw new TareError("resolve-image", `${what} has no image for ${formatPlatform(platform)}`, {
    hint:
      there.length > 0
        ? `it has ${[...new Set(there)].slice(0, 20).join(", ")}: choose one with --platform`
        : "choose another image",
  });
}

function imagesOf(lines: readonly Descriptor[]): readonly Descriptor[] {
  return lines.filter(isImageLine);
}

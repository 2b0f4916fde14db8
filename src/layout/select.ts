import { TareError } from "../base/index.ts";
import {
  type Descriptor,
  formatPlatform,
  type Index,
  indexLines,
  isArtifact,
  type Manifest,
  type Platform,
  samePlatform,
} from "../oci/index.ts";
import { collectBlob, descriptorsOf, parseObject } from "./documents.ts";
import type { LayoutReader } from "./reader.ts";

/** An image of a layout: raw bytes, and where its layers are. */
export interface LayoutImageSource {
  readonly descriptor: Descriptor;
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  /** Bottom first; their bytes are in the reader's `blob`. */
  readonly layers: readonly Descriptor[];
}

/**
 * Finds an image in a layout. `name` is a tag, a complete name or a digest; without one the layout must
 * have one image alone; documents about images do not count. Indexes in the index are followed to the platform. `resolve-image` when there
 * is no such image, `integrity-*` when what the layout says can not be.
 */
export async function selectImage(
  reader: LayoutReader,
  { name, platform }: { readonly name?: string; readonly platform: Platform },
): Promise<LayoutImageSource> {
  const index = parseObject<Index>((await reader.file("index.json")) as Uint8Array, "index.json");
  const named = descriptorsOf(index.manifests, "index.json").filter(
    (line) => name === undefined || hasName(line, name),
  );
  const descriptor = await onlyOne(reader, { candidates: named, platform, what: name ?? "an image" });
  const manifestBytes = await collectBlob(reader, descriptor);
  const manifest = parseObject<Manifest>(manifestBytes, `manifest ${descriptor.digest}`);
  const [config] = descriptorsOf([manifest.config], `manifest ${descriptor.digest}`);
  return {
    descriptor,
    manifest: manifestBytes,
    config: await collectBlob(reader, config as Descriptor),
    layers: descriptorsOf(manifest.layers, `manifest ${descriptor.digest}`),
  };
}

/** Whether a line of an index is meant by a tag, a complete name or a digest. */
export function hasName(line: Descriptor, name: string): boolean {
  const annotations = line.annotations ?? {};
  return [
    line.digest,
    annotations["org.opencontainers.image.ref.name"],
    annotations["io.containerd.image.name"],
  ].includes(name);
}

async function onlyOne(
  reader: LayoutReader,
  {
    candidates,
    platform,
    what,
  }: { readonly candidates: readonly Descriptor[]; readonly platform: Platform; readonly what: string },
): Promise<Descriptor> {
  const images = await flatten(reader, candidates);
  const distinct = [...new Map(images.map((line) => [line.digest, line])).values()];
  const fitting = await withoutReferrers(
    reader,
    distinct.filter((line) => !line.platform || samePlatform(line.platform, platform)),
  );
  if (fitting.length === 1) return fitting[0] as Descriptor;
  const problem = fitting.length === 0 ? "does not have" : "has more than one of";
  throw new TareError("resolve-image", `the OCI layout ${problem} ${what} for ${formatPlatform(platform)}`, {
    hint:
      fitting.length === 0 ? "check the name and the platform" : "name one of its images by tag or digest",
  });
}

/** Only images: documents about images stand beside them, and not every writer of an index says which they are. */
async function withoutReferrers(
  reader: LayoutReader,
  lines: readonly Descriptor[],
): Promise<readonly Descriptor[]> {
  const images = lines.filter((line) => !isArtifact(line));
  if (images.length < 2) return images;
  const manifests = await Promise.all(
    images.map(async (line) =>
      parseObject<Partial<Manifest>>(await collectBlob(reader, line), `manifest ${line.digest}`),
    ),
  );
  return images.filter((_line, at) => !manifests[at]?.subject && !manifests[at]?.artifactType);
}

/** Manifests, those of indexes in the index included, each index once. `integrity-archive` for too deep ones. */
export async function flatten(
  reader: LayoutReader,
  lines: readonly Descriptor[],
): Promise<readonly Descriptor[]> {
  const found = await indexLines(lines, async (line) => {
    const nested = parseObject<Index>(await collectBlob(reader, line), `index ${line.digest}`);
    return descriptorsOf(nested.manifests, `index ${line.digest}`);
  });
  return found.lines;
}

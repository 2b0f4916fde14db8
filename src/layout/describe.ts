import { defined, TareError } from "../base/index.ts";
import {
  annotationsOn,
  canonicalName,
  type Descriptor,
  familiarName,
  type ImageLine,
  indexOfImages,
  type Manifest,
  MEDIA_TYPE,
  type Platform,
  type Reference,
  withDefaultTag,
} from "../oci/index.ts";
import { blobOf, blobPath, encodeJson } from "./blob.ts";
import type { Layout, LayoutBlob, LayoutFiles, LayoutImage, LayoutIndex } from "./image.ts";
import { describeReferrer } from "./referrer.ts";

/**
 * The layout of an image: manifest and index are made here, and the same image always gives the same
 * bytes. With `docker` it is a docker archive too (Docker image spec 1.2, "Combined Image JSON +
 * Filesystem Changeset Format"), its paths being those of the layout's blobs.
 */
export function describeLayout(image: LayoutImage, { docker = false }: LayoutForm = {}): Layout {
  const described = describeImage(image);
  return { descriptor: described.descriptor, ...filesOf([described], docker) };
}

/** What a layout may be besides: a docker archive. */
export interface LayoutForm {
  readonly docker?: boolean;
}

/** The layout of several images and indexes, in their order; blobs that they share are there once. */
export function describeLayouts(
  images: readonly (LayoutImage | LayoutIndex)[],
  { docker = false }: LayoutForm = {},
): LayoutFiles {
  return filesOf(
    images.map((image) => ("images" in image ? describeIndex(image) : describeImage(image))),
    docker,
  );
}

/** The layout of an image for several platforms. */
export function describeIndexLayout(index: LayoutIndex): Layout {
  const described = describeIndex(index);
  return { descriptor: described.descriptor, ...filesOf([described], false) };
}

interface Described {
  /** Of the manifest or index. */
  readonly descriptor: Descriptor;
  /** Those of it and of documents about it. */
  readonly lines: readonly Descriptor[];
  readonly blobs: readonly LayoutBlob[];
  readonly docker?: unknown;
  readonly left?: number;
}

function describeImage(image: LayoutImage): Described {
  const config = blobOf(image.config);
  const platform = image.platform ?? platformOf(image.config);
  const { bytes, mediaType } = manifestOf(image, { config, platform });
  const manifest = blobOf(bytes);
  const descriptor: ImageLine = {
    mediaType,
    digest: manifest.digest,
    size: manifest.size,
    platform,
  };
  const referrers = (image.attachments ?? []).map((attachment) => describeReferrer(attachment, descriptor));
  const annotations = annotationsOn(image.annotations ?? [], "manifest-descriptor", platform);
  const line = { ...descriptor, ...defined({ annotations }) };
  return {
    descriptor,
    lines: [...linesOf(line, image.names), ...referrers.map((referrer) => referrer.descriptor)],
    blobs: [config, manifest, ...image.layers, ...referrers.flatMap((referrer) => referrer.blobs)],
    docker: dockerLineOf(image, config),
  };
}

/** An index in the index of the layout, as BuildKit writes it; documents about its images stand beside it. */
function describeIndex({ images, names, annotations = [], kept }: LayoutIndex): Described {
  const described = images.map((image) => describeImage({ ...image, names: [], annotations }));
  const lines = described.map((one) => one.lines[0] as ImageLine);
  const { bytes, descriptor, manifests, left } = indexOfImages(lines, { annotations, kept });
  const own = annotationsOn(annotations, "index-descriptor");
  return {
    descriptor,
    lines: [
      ...linesOf({ ...descriptor, ...defined({ annotations: own }) }, names),
      ...described.flatMap((one) => one.lines.slice(1)),
    ],
    blobs: [
      ...described.flatMap((one) => one.blobs),
      ...manifests.flatMap((one) => [...one.blobs, blobOf(one.bytes)]),
      blobOf(bytes),
    ],
    left,
  };
}

function filesOf(images: readonly Described[], docker: boolean): LayoutFiles {
  const manifests = images.flatMap(({ lines }) => lines);
  return {
    index: { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests },
    blobs: withoutRepeats(images.flatMap(({ blobs }) => blobs)),
    left: images.reduce((sum, { left = 0 }) => sum + left, 0),
    ...(docker && { dockerManifest: encodeJson(images.map((image) => image.docker)) }),
  };
}

/** Blobs are found by digest, so one copy of each is enough. */
function withoutRepeats(blobs: readonly LayoutBlob[]): readonly LayoutBlob[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

/** The one that the image came with, when all that it names is the same. */
function manifestOf(
  { manifest: original, layers, annotations = [] }: LayoutImage,
  { config, platform }: { readonly config: LayoutBlob; readonly platform: Platform },
): { readonly bytes: Uint8Array; readonly mediaType: string } {
  const said = annotationsOn(annotations, "manifest", platform);
  if (!said && original && isSame(original.json, { config, layers }))
    return { bytes: original.bytes, mediaType: original.json.mediaType };
  const before = original?.json.annotations;
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: { mediaType: MEDIA_TYPE.config, digest: config.digest, size: config.size },
    layers: layers.map(({ mediaType, digest, size, annotations }) => ({
      mediaType,
      digest,
      size,
      ...(annotations && { annotations }),
    })),
    ...((before || said) && { annotations: { ...before, ...said } }),
  };
  return { bytes: encodeJson(manifest), mediaType: manifest.mediaType };
}

function isSame(
  manifest: Manifest,
  { config, layers }: { readonly config: LayoutBlob; readonly layers: LayoutImage["layers"] },
): boolean {
  const digests = manifest.layers.map(({ digest }) => digest);
  return (
    manifest.config.digest === config.digest && digests.join() === layers.map(({ digest }) => digest).join()
  );
}

/** One line for each name, as containerd and BuildKit write it: the whole name, and the tag alone. */
function linesOf(line: Descriptor, names: readonly Reference[]): readonly Descriptor[] {
  if (names.length === 0) return [line];
  return names.map((name) => ({
    ...line,
    annotations: { ...line.annotations, ...nameAnnotations(withDefaultTag(name)) },
  }));
}

function nameAnnotations(name: Reference): Readonly<Record<string, string>> {
  return {
    "io.containerd.image.name": canonicalName(name),
    ...(name.tag !== undefined && { "org.opencontainers.image.ref.name": name.tag }),
  };
}

function dockerLineOf(image: LayoutImage, config: LayoutBlob): unknown {
  const tags = image.names.map(withDefaultTag).filter((name) => name.tag !== undefined);
  return {
    Config: blobPath(config.digest),
    RepoTags: tags.map(({ domain, path, tag }) => familiarName({ domain, path, tag: tag as string })),
    Layers: image.layers.map((layer) => blobPath(layer.digest)),
  };
}

function platformOf(config: Uint8Array): Platform {
  const { os, architecture, variant } = parseConfig(config);
  if (!os || !architecture)
    throw new TareError("integrity-archive", "an image config without os and architecture");
  return { architecture, os, ...(variant && { variant }) };
}

function parseConfig(config: Uint8Array): Partial<Platform> {
  try {
    return JSON.parse(Buffer.from(config).toString("utf8")) as Partial<Platform>;
  } catch (cause) {
    throw new TareError("integrity-archive", "an image config that is not JSON", { cause });
  }
}

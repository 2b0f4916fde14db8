import { TareError } from "../base/index.ts";
import {
  canonicalName,
  type Descriptor,
  familiarName,
  type Manifest,
  MEDIA_TYPE,
  type Platform,
  type Reference,
  withDefaultTag,
} from "../oci/index.ts";
import { blobOf, blobPath, encodeJson } from "./blob.ts";
import type { Layout, LayoutBlob, LayoutFiles, LayoutImage } from "./image.ts";
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

/** The layout of several images, in their order; blobs that they share are there once. */
export function describeLayouts(
  images: readonly LayoutImage[],
  { docker = false }: LayoutForm = {},
): LayoutFiles {
  return filesOf(images.map(describeImage), docker);
}

interface Described {
  readonly descriptor: Descriptor;
  readonly lines: readonly Descriptor[];
  readonly blobs: readonly LayoutBlob[];
  readonly docker: unknown;
}

function describeImage(image: LayoutImage): Described {
  const config = blobOf(image.config);
  const manifest = blobOf(encodeJson(manifestOf(image, config)));
  const descriptor: Descriptor = {
    mediaType: MEDIA_TYPE.manifest,
    digest: manifest.digest,
    size: manifest.size,
    platform: platformOf(image.config),
  };
  const names = image.names.map(withDefaultTag);
  const referrers = (image.attachments ?? []).map((attachment) => describeReferrer(attachment, descriptor));
  return {
    descriptor,
    lines: linesOf(descriptor, { names, referrers: referrers.map((referrer) => referrer.descriptor) }),
    blobs: [config, manifest, ...image.layers, ...referrers.flatMap((referrer) => referrer.blobs)],
    docker: dockerLineOf(image, config),
  };
}

function filesOf(images: readonly Described[], docker: boolean): LayoutFiles {
  const manifests = images.flatMap(({ lines }) => lines);
  return {
    index: { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests },
    blobs: withoutRepeats(images.flatMap(({ blobs }) => blobs)),
    ...(docker && { dockerManifest: encodeJson(images.map((image) => image.docker)) }),
  };
}

/** Blobs are found by digest, so one copy of each is enough. */
function withoutRepeats(blobs: readonly LayoutBlob[]): readonly LayoutBlob[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}

function manifestOf(image: LayoutImage, config: LayoutBlob): Manifest {
  return {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: { mediaType: MEDIA_TYPE.config, digest: config.digest, size: config.size },
    layers: image.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  };
}

/** One line for each name, as containerd and BuildKit write it: the whole name, and the tag alone. Referrers have no names. */
function linesOf(
  descriptor: Descriptor,
  { names, referrers }: { readonly names: readonly Reference[]; readonly referrers: readonly Descriptor[] },
): readonly Descriptor[] {
  const named = names.map((name) => ({ ...descriptor, annotations: nameAnnotations(name) }));
  return [...(named.length > 0 ? named : [descriptor]), ...referrers];
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

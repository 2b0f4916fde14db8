import type { Digest } from "../base/index.ts";
import { type Annotation, annotationsOn } from "./annotations.ts";
import { isImageLine, linePlatform } from "./descriptor.ts";
import { encodeIndex } from "./index-document.ts";
import { samePlatform } from "./platform.ts";
import type { Descriptor, Index, Manifest, Platform } from "./types.ts";

/** A blob that can be read. */
export interface KeptBlob {
  readonly digest: Digest;
  readonly size: number;
  bytes(): AsyncIterable<Uint8Array>;
}

/** A manifest or an index as it was found. */
export interface KeptManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  /** What it names besides manifests; of an index nothing. */
  readonly blobs: readonly KeptBlob[];
}

/** The manifest that an image came with. */
export interface OriginalManifest {
  readonly json: Manifest;
  readonly bytes: Uint8Array;
}

/** An index as it was found, with what stands in it beside images. */
export interface KeptIndex extends KeptManifest {
  readonly annotations: Index["annotations"];
  /** Indexes in it; what is inside of one stands before it. */
  readonly indexes: readonly KeptManifest[];
  /** All lines but those of indexes. */
  readonly lines: readonly Descriptor[];
  /** The documents among them of which everything is there, by the digests of their manifests. */
  readonly documents: ReadonlyMap<Digest, KeptManifest>;
}

/** An index to write. */
export interface IndexToWrite {
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
  /** What has to be there besides the images, in the order in which it can be written. */
  readonly manifests: readonly KeptManifest[];
  /** Documents about images that have other digests now, and are left out for that: they speak of what is not there. */
  readonly left: number;
}

/** A line of an image that is written. */
export type ImageLine = Descriptor & { readonly platform: Platform };

/**
 * The index of some images. When they are, with the same digests, all that the index had that they were found in, it is that
 * one, to the byte. Else what it says of the images, and documents about those that are the same, go over into a new one.
 */
export function indexOfImages(
  images: readonly ImageLine[],
  {
    annotations,
    kept,
  }: { readonly annotations: readonly Annotation[]; readonly kept: KeptIndex | undefined },
): IndexToWrite {
  if (!kept) return { ...encodeIndex(images, annotationsOn(annotations, "index")), manifests: [], left: 0 };
  const documents = [...kept.documents.values()];
  if (annotations.length === 0 && isWhole(kept, images)) {
    const { bytes, descriptor, indexes } = kept;
    return { bytes, descriptor, manifests: [...documents, ...indexes], left: 0 };
  }
  return changedIndex(kept, { images, annotations });
}

function isWhole({ lines, documents }: KeptIndex, images: readonly ImageLine[]): boolean {
  const digests = new Set(images.map(({ digest }) => digest));
  const there = lines.every((line) => documents.has(line.digest) || digests.has(line.digest));
  return there && images.every((image) => lines.some((line) => isOf(line, image)));
}

/** Whether a line of the index is the one of an image that may have another digest by now. */
function isOf(line: Descriptor, { platform }: ImageLine): boolean {
  const own = linePlatform(line);
  return isImageLine(line) && own !== undefined && samePlatform(own, platform);
}

function changedIndex(
  { annotations: own, lines, documents }: KeptIndex,
  {
    images,
    annotations,
  }: { readonly images: readonly ImageLine[]; readonly annotations: readonly Annotation[] },
): IndexToWrite {
  const before = new Map(images.map((image) => [image, lines.find((line) => isOf(line, image))]));
  const digests = new Set(images.map(({ digest }) => digest));
  const subjects = new Set([...before.values()].map((line) => line?.digest as string | undefined));
  const beside = lines.filter((line) => documents.has(line.digest));
  const kept = beside.filter((line) => digests.has(subjectOf(line) as Digest));
  const left = lines.filter(
    (line) => !isImageLine(line) && !kept.includes(line) && subjects.has(subjectOf(line)),
  );
  const said = annotationsOn(annotations, "index");
  return {
    ...encodeIndex(
      [...images.map((image) => lineOf(image, before.get(image))), ...kept],
      own || said ? { ...own, ...said } : undefined,
    ),
    manifests: kept.flatMap(({ digest }) => documents.get(digest) ?? []),
    left: left.length,
  };
}

function lineOf(image: ImageLine, before: Descriptor | undefined): Descriptor {
  if (!before) return image;
  const annotations = { ...before.annotations, ...image.annotations };
  return {
    ...(before.digest === image.digest ? before : image),
    ...(before.platform && { platform: before.platform }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}

/** The manifest that a document of BuildKit's is about (docs/attestations/attestation-storage.md). */
function subjectOf({ annotations }: Descriptor): string | undefined {
  return annotations?.["vnd.docker.reference.digest"];
}

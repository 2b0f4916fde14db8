import type { Digest } from "../base/index.ts";
import type {
  Annotation,
  Descriptor,
  Index,
  KeptIndex,
  OriginalManifest,
  Platform,
  Reference,
} from "../oci/index.ts";

/** Bytes with a name that is known before they are read. `bytes` gives exactly `size` of them, each time. */
export interface LayoutBlob {
  readonly digest: Digest;
  readonly size: number;
  bytes(): AsyncIterable<Uint8Array>;
}

/** What an image consists of, before it is a layout. */
export interface LayoutImage {
  /** The raw config (OCI image-spec, config.md); its digest is the image's id. */
  readonly config: Uint8Array;
  /** Bottom first; as many as the config has diffIDs. A layer may appear twice. */
  readonly layers: readonly LayoutLayer[];
  /** The names under which the layout offers the image; none is allowed. */
  readonly names: readonly Reference[];
  /** Written beside the image; not part of it. */
  readonly attachments?: readonly LayoutAttachment[];
  /** What its manifest, and the line that names that, say besides. */
  readonly annotations?: readonly Annotation[];
  /** What it came with, which it gets again when its layers have the same form. */
  readonly manifest?: OriginalManifest;
  /** What it is for, where that is not what its config says. */
  readonly platform?: Platform;
}

/** An image for several platforms: an index, by the names of which there are others than the images' own. */
export interface LayoutIndex {
  /** In the order of the index. */
  readonly images: readonly LayoutImage[];
  readonly names: readonly Reference[];
  /** What the index, its lines and the line that names it say besides. */
  readonly annotations?: readonly Annotation[];
  /** What the images were found in, which they get again when they are the same. */
  readonly kept?: KeptIndex;
}

/** A document about an image, which refers to it: a list of what is in it, a signature. */
export interface LayoutAttachment {
  /** Its media type: `application/vnd.cyclonedx+json`, `application/spdx+json`. */
  readonly artifactType: string;
  /** Where it names the manifest that it is about: of the same length for every digest. */
  readonly bytes: Uint8Array | ((subject: Digest) => Uint8Array);
  /** A file name for it. */
  readonly title: string;
}

export interface LayoutLayer extends LayoutBlob {
  readonly mediaType: string;
  /** What the manifest says of it besides. */
  readonly annotations?: Descriptor["annotations"];
}

/** A layout, complete: what is in it and where. */
export interface LayoutFiles {
  readonly index: Index;
  /** Each digest once: config, manifest, layers, bottom first, then what is attached. */
  readonly blobs: readonly LayoutBlob[];
  /** Documents about images that are left out, because the images have other digests than those speak of. */
  readonly left?: number;
  /** `manifest.json` of a docker archive, when it is to be one. */
  readonly dockerManifest?: Uint8Array;
}

/** The layout of one image. */
export interface Layout extends LayoutFiles {
  /** Of the manifest or the index. */
  readonly descriptor: Descriptor;
}

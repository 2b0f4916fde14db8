import type { Writable } from "node:stream";
import type { Digest } from "../base/index.ts";
import type { Annotation, Descriptor, KeptIndex, OriginalManifest, Platform } from "../oci/index.ts";
import type { StoredLayer } from "../store/index.ts";

/** What is exported. */
export interface ExportImage {
  /**
   * Raw JSON of the image config, which names the layers by their diffIDs. Which ones they are changes nothing in its
   * length: it is asked for before they are known, and again.
   */
  readonly config: (diffIds: readonly Digest[]) => Uint8Array;
  /** Bottom first; as many as the config has diffIDs. */
  readonly layers: readonly StoredLayer[];
  /** Complete names, `docker.io/library/calc:latest`; `:latest` is implied where tag and digest are missing. */
  readonly names: readonly string[];
  /** Documents about the image, such as what is in it. An OCI layout has them beside the image; other outputs have no place for them. */
  readonly attachments?: readonly ExportAttachment[];
  /** What its manifest says besides, in outputs that have one. */
  readonly annotations?: readonly Annotation[];
  /** The manifest that it came with, which it gets again where its layers have the form that this one names. */
  readonly manifest?: OriginalManifest;
  /** What it is for, where that is not what its config says. */
  readonly platform?: Platform;
}

/** An image for several platforms, as an index of images. Names and annotations are those of the index. */
export interface ExportIndex extends Pick<ExportImage, "names" | "annotations"> {
  /** What the images were found in, which they get again when they are the same. */
  readonly kept?: KeptIndex;
  /** In the order of the index. */
  readonly images: readonly (ExportImage & { readonly platform: Platform })[];
}

/** A document about an image. */
export interface ExportAttachment {
  /** Its media type: `application/vnd.cyclonedx+json`, `application/spdx+json`. */
  readonly artifactType: string;
  /** Where it names the manifest that it is about: of the same length for every digest. */
  readonly bytes: Uint8Array | ((subject: Digest) => Uint8Array);
  /** A file name for it, `calc.cdx.json`. */
  readonly title: string;
}

/** How and where to. */
export interface ExportRequest {
  /** `image` stays in the store, so that nothing is written. */
  readonly type: "oci" | "docker" | "tar" | "local" | "image";
  /** A path; `-` is `stdout`, for everything that is one file, and the default there. */
  readonly dest?: string;
  /** `oci` and `docker`: one tar file (the default) or a folder. */
  readonly tar?: boolean;
  /** `tar` and `local`: a folder for each platform, `linux_amd64/`. Default: of an index. */
  readonly platformSplit?: boolean;
  /** `oci` and `docker`: of the layers. Default: gzip for `oci`, uncompressed for `docker`. */
  readonly compression?: "gzip" | "uncompressed";
  /** 0 to 9. Absent: the compressed form that the store has or makes. */
  readonly compressionLevel?: number;
  /** Seconds since 1970; `tar` and `local`: no file is younger. */
  readonly sourceDateEpoch?: number;
  readonly blobs: ExportBlobs;
  readonly stdout?: Writable;
  /** Permissions that files and folders do not get; default: those that this process's own mask says. */
  readonly umask?: number;
  /** Told what the output lacks. */
  readonly onNotice?: (notice: ExportNotice) => void;
}

/** The part of the blob store that exporting needs. */
export interface ExportBlobs {
  has(digest: Digest): Promise<boolean>;
  get(digest: Digest): AsyncIterable<Uint8Array>;
  put(bytes: AsyncIterable<Uint8Array>): Promise<{ readonly digest: Digest; readonly size: number }>;
}

/** Something that the user should know; `code` is stable. */
export interface ExportNotice {
  readonly code: "device-skipped" | "attribute-skipped" | "documents-left";
  readonly message: string;
}

/** One kind of output. Gives the manifest's descriptor when the output has a manifest. */
export interface Exporter {
  export(image: ExportImage, signal: AbortSignal): Promise<Descriptor | undefined>;
}

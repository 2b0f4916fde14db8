import { type Descriptor, type Manifest, MEDIA_TYPE } from "../oci/index.ts";
import { blobOf, encodeJson } from "./blob.ts";
import type { LayoutAttachment, LayoutBlob } from "./image.ts";

/** An attachment as a manifest of its own. */
export interface Referrer {
  /** Of its manifest, as an index has it (OCI distribution-spec, "Listing Referrers"). */
  readonly descriptor: Descriptor;
  /** The empty config, the document, the manifest. */
  readonly blobs: readonly LayoutBlob[];
}

/**
 * A document as an artifact that refers to an image (OCI image-spec 1.1, manifest.md, "Guidelines for Artifact
 * Usage"): an empty config, the document as the one layer, the image's manifest as the subject. The same
 * document about the same image always gives the same bytes.
 */
export function describeReferrer(
  { artifactType, bytes, title }: LayoutAttachment,
  subject: Descriptor,
): Referrer {
  const config = blobOf(encodeJson({}));
  const document = blobOf(typeof bytes === "function" ? bytes(subject.digest) : bytes);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    artifactType,
    config: { mediaType: MEDIA_TYPE.empty, digest: config.digest, size: config.size },
    layers: [
      {
        mediaType: artifactType,
        digest: document.digest,
        size: document.size,
        annotations: { "org.opencontainers.image.title": title },
      },
    ],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
  };
  const blob = blobOf(encodeJson(manifest));
  return {
    descriptor: { mediaType: MEDIA_TYPE.manifest, digest: blob.digest, size: blob.size, artifactType },
    blobs: [config, document, blob],
  };
}

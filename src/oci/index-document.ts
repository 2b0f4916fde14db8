import { sha256 } from "../base/index.ts";
import { type Descriptor, type Index, MEDIA_TYPE } from "./types.ts";

/** An index of images (OCI image-spec, image-index.md): the same lines always give the same bytes. */
export function encodeIndex(
  manifests: readonly Descriptor[],
  annotations?: Index["annotations"],
): { readonly bytes: Uint8Array; readonly descriptor: Descriptor } {
  const index: Index = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.index,
    manifests,
    ...(annotations && { annotations }),
  };
  const bytes = Buffer.from(JSON.stringify(index));
  const descriptor = { mediaType: MEDIA_TYPE.index, digest: sha256(bytes), size: bytes.length };
  return { bytes, descriptor };
}

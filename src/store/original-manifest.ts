import { collectBytes } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import { isDescriptor, isTexts, type OriginalManifest } from "../oci/index.ts";
import type { ImageRecord } from "./types.ts";

/** The manifest that an image came with, as it was; undefined when it was not kept, or says something odd. */
export async function readOriginalManifest(
  blobs: BlobStore,
  { manifest, layers }: ImageRecord,
): Promise<OriginalManifest | undefined> {
  if (manifest === undefined || !(await blobs.has(manifest))) return undefined;
  const bytes = await collectBytes(blobs.get(manifest));
  const json = JSON.parse(bytes.toString("utf8")) as OriginalManifest["json"];
  const usable =
    typeof json.mediaType === "string" &&
    isDescriptor(json.config) &&
    Array.isArray(json.layers) &&
    json.layers.length === layers.length &&
    json.layers.every(isDescriptor) &&
    isTexts(json.annotations ?? {});
  return usable ? { json, bytes } : undefined;
}

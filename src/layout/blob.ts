import { hexOf, sha256 } from "../base/index.ts";
import type { LayoutBlob } from "./image.ts";

/** Bytes that are there as a blob. */
export function blobOf(bytes: Uint8Array): LayoutBlob {
  return {
    digest: sha256(bytes),
    size: bytes.length,
    bytes: async function* () {
      yield bytes;
    },
  };
}

/** Where a layout has a blob (OCI image-spec, image-layout.md, "Blobs"). */
export function blobPath(digest: LayoutBlob["digest"]): string {
  return `blobs/sha256/${hexOf(digest)}`;
}

/** Compact JSON in UTF-8, in the order in which the keys were given. */
export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value), "utf8");
}

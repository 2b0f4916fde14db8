/**
 * layout: images as files. One description of an image (its blobs, index and manifests) is written as an
 * OCI image layout, into a folder or as a tar; the same tar with one file more is a docker archive. And
 * the way back: an OCI layout as blobs that are verified while they are read, and what other programs save.
 */
export * from "./archived-image.ts";
export * from "./blob.ts";
export * from "./describe.ts";
export { collectBlob, parseObject } from "./documents.ts";
export * from "./documents-left.ts";
export * from "./find-referrers.ts";
export * from "./find-root.ts";
export * from "./folder.ts";
export * from "./image.ts";
export * from "./open-archive.ts";
export * from "./reader.ts";
export * from "./referrer.ts";
export * from "./select.ts";
export * from "./tar.ts";

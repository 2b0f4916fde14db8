/**
 * blob: content by its digest, on disk. Written beside, synced and renamed into place; checked while it
 * is read. Knows nothing of what the bytes mean.
 */
export * from "./blob-store.ts";

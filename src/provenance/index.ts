/**
 * provenance: what made each layer of an image: the line of a Dockerfile, or the recipe of a base. As plain data in the
 * store's own record, and as an in-toto statement that travels with the image, of our own making or of BuildKit's. Pure.
 */
export * from "./buildkit.ts";
export * from "./read-provenance.ts";
export * from "./statement.ts";
export type * from "./types.ts";

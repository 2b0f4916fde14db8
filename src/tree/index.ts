/**
 * tree: the one model of files that everything else works on. A layer is an index of sorted entries, a
 * stack of indexes merges into an immutable tree, and lookups resolve symbolic links inside that tree,
 * so that nothing in an image can reach the host. Pure, except for `scan.ts`, the only code that walks
 * a directory on disk.
 */
export * from "./apply-layer.ts";
export * from "./clamp-times.ts";
export * from "./content-digest.ts";
export * from "./decode-index.ts";
export * from "./diff-trees.ts";
export * from "./encode-index.ts";
export * from "./entry.ts";
export * from "./glob.ts";
export * from "./image.ts";
export * from "./index-from-tar.ts";
export * from "./index-from-toc.ts";
export * from "./layer.ts";
export * from "./lookup.ts";
export * from "./merged-usr.ts";
export * from "./path.ts";
export * from "./path-glob.ts";
export * from "./same-facts.ts";
export * from "./scan.ts";
export { readXattrs } from "./scan-xattrs.ts";
export * from "./tar-from-index.ts";
export * from "./toc-from-index.ts";
export * from "./tree.ts";
export { type Lack, NotYetKnown } from "./unknown.ts";
export * from "./validate.ts";
export * from "./walk.ts";
export * from "./whiteout.ts";

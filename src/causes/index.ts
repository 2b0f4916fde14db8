/**
 * causes: why everything in an image is there. Every byte has one cause: a package, an instruction, a recipe; a path has a
 * layer, the line that wrote it, the packages that wanted its package, the programs that need it. Pure functions over an
 * analysis and what the build has recorded; for images of others the history of their layers has to do.
 */
export * from "./explain.ts";
export * from "./layer-causes.ts";
export * from "./needs.ts";
export type * from "./types.ts";
export * from "./weigh.ts";

/**
 * remote-cache: results of builds on their way between machines. What a cache says (keys, and the layers that came of
 * them) as a document beside its layers, in a registry, in a folder, or in an image's own config. Whoever imports gets
 * records; a layer is fetched when it is read, and is checked before anything in it counts. Knows nothing of build
 * graphs: keys are digests here.
 */
export * from "./document.ts";
export * from "./imported-layer.ts";
export * from "./location.ts";
export * from "./manifest.ts";
export * from "./mounts-document.ts";
export * from "./open-cache.ts";
export * from "./parse-document.ts";
export * from "./place.ts";
export * from "./read-cache.ts";
export * from "./tar.ts";

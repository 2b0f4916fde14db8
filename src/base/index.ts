/**
 * base: what every floor needs and no floor owns. Digests, the one error type, laziness, bounded
 * concurrency, durable files, file locks, names as bytes, and the system calls that Node lacks.
 * Nothing here knows of images, layers or Dockerfiles.
 */
export * from "./bytes.ts";
export * from "./capabilities.ts";
export * from "./collect-garbage.ts";
export * from "./concurrency.ts";
export * from "./digest.ts";
export * from "./errors.ts";
export * from "./exec.ts";
export * from "./files.ts";
export * from "./foreign.ts";
export * from "./growing-map.ts";
export * from "./installation.ts";
export * from "./lazy.ts";
export * from "./lock.ts";
export * from "./names.ts";
export * from "./objects.ts";
export * from "./optimize-later.ts";
export * from "./sorted.ts";
export * from "./syscalls.ts";
export * from "./write-blocks.ts";

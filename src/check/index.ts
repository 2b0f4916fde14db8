/**
 * check: what is wrong with a Dockerfile, found without building it. BuildKit's build checks under their names
 * and in their words, and Tare's own for small and safe images. A rule is one file of data in `rules/`; it sees
 * the parsed file, resolved stages and expanded words. Pure: what it may ask of the disk comes as functions.
 */
export * from "./check.ts";
export * from "./describe.ts";
export * from "./elf.ts";
export * from "./fix.ts";
export { dockerUrl } from "./rule-url.ts";
export * from "./rules.ts";
export type * from "./types.ts";

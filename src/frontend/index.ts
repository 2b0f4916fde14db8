/**
 * frontend: Dockerfile syntax tree -> build graph and image config, one file per instruction. It walks
 * back from the target, so stages that nothing needs are never looked at. It runs nothing and reads no
 * disk; the only thing it asks for is the config of base images.
 */
export * from "./place.ts";
export * from "./plan.ts";
export type * from "./types.ts";

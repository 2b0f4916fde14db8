/**
 * analysis: what is in an image, as one plain value that every report is made from: files with layer and owner, layers
 * with their weight, packages, programs, users, what is there twice or hidden, what looks like a secret. Functions over
 * indexes and bytes that are lent; the same layers give the same value.
 */
export * from "./analyse-files.ts";
export * from "./analysed-image.ts";
export { ATTACK_RULES, type AttackRule } from "./attack-rules.ts";
export * from "./attack-surface.ts";
export * from "./compare.ts";
export * from "./compare-groups.ts";
export { wastedBy } from "./duplicates.ts";
export * from "./image-facts.ts";
export { isExecutable } from "./totals.ts";
export type * from "./types.ts";

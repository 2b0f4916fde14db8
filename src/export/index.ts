/**
 * export: what a build made, as what was asked for: an OCI layout, a docker archive, or the root file
 * system as one tar or a folder. One file for each exporter. Files are written beside their place and
 * renamed into it, so that a failure leaves what was there before.
 */
export { writeDestination } from "./destination.ts";
export * from "./export-image.ts";
export * from "./types.ts";

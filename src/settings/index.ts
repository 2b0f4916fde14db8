/**
 * settings: `tare.yaml`, what a project says to Tare. Text to checked values, with positions in its errors; and which
 * recipe composes an image that is named in a Dockerfile, by the project's own table and by that of well-known names.
 * Reads nothing by itself.
 */
export * from "./map-base.ts";
export * from "./parse-settings.ts";
export type * from "./types.ts";
export { WELL_KNOWN_IMAGES, type WellKnownImage } from "./well-known.ts";

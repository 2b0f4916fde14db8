/**
 * sbom: what software is in an image, as facts and as documents. Readers find packages in the files that
 * package managers leave behind; the facts become CycloneDX 1.6 or SPDX 2.3. The same packages always give
 * the same bytes. No disk, no network, no clock: an image's files are read through what it is lent.
 */
export * from "./cyclonedx.ts";
export * from "./deb-package.ts";
export * from "./debian-copyright.ts";
export * from "./format.ts";
export * from "./image-packages.ts";
export * from "./inventory.ts";
export * from "./purl.ts";
export * from "./readers.ts";
export * from "./spdx.ts";
export * from "./types.ts";

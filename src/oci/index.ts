/**
 * oci: the words of the OCI image specification and nothing more: wire types, media types, references
 * and platforms. Pure; no disk, no network.
 */
export * from "./annotations.ts";
export * from "./descriptor.ts";
export * from "./image-config.ts";
export * from "./index-document.ts";
export * from "./index-lines.ts";
export * from "./json-object.ts";
export * from "./kept-index.ts";
export * from "./platform.ts";
export * from "./reference.ts";
export * from "./registry-rule.ts";
export * from "./table-of-contents.ts";
export * from "./types.ts";

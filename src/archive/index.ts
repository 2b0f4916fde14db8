/**
 * archive: byte-exact tar and the compressions around it. A tar is read as a stream of members and
 * written header by header; gzip is written in parallel and always gives the same bytes; what comes in
 * is recognised by its content. Knows nothing of layers, whiteouts or disks: bytes in, bytes out.
 */
export * from "./compression.ts";
export * from "./decompress.ts";
export * from "./decompress-within.ts";
export * from "./encode.ts";
export * from "./estargz.ts";
export * from "./estargz-writer.ts";
export * from "./gzip.ts";
export * from "./header.ts";
export * from "./plain.ts";
export * from "./reader.ts";
export * from "./xz.ts";
export * from "./xz-blocks.ts";
export * from "./xz-pieces.ts";

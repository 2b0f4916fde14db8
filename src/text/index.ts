/**
 * text: forms of text that several folders read. YAML with the place of everything in it and a schema's findings in
 * words; Debian's control files and versions; the forms of well-known secrets; a near word for one that is wrong; text
 * of others as it may be shown. Pure; the libraries are loaded when they are needed.
 */
export * from "./control-file.ts";
export * from "./debian-version.ts";
export * from "./secret-patterns.ts";
export * from "./suggest.ts";
export * from "./visible-text.ts";
export * from "./yaml-document.ts";
export * from "./yaml-file.ts";

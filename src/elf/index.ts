/**
 * elf: what a program or library says of itself, read from its bytes alone. Everything is found as the
 * loader finds it, by program headers and the dynamic section, so that stripped files work; a file that
 * contradicts itself is an error, never a crash. Knows nothing of trees, search paths or packages.
 */
export * from "./elf-bytes.ts";
export * from "./elf-file.ts";
export { isDamagedElf } from "./fields.ts";
export { loadedSegments } from "./header.ts";
export * from "./machine.ts";
export * from "./read-elf.ts";
export * from "./sections.ts";
export * from "./strip.ts";

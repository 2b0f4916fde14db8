import { ELF_MAGIC, type ElfBytes, isDamagedElf, wholeBytes } from "../../elf/index.ts";
import type { Distribution, SbomPackage } from "../types.ts";

/** Files of an image by their path, without a leading slash; at least those that a reader wants. */
export type TreeFiles = ReadonlyMap<string, Uint8Array>;

/** What a reader may need to know of the image as a whole. */
export interface ReadContext {
  readonly distribution?: Distribution;
}

/** Finds the packages of one kind. */
export interface PackageReader {
  wants(path: string): boolean;
  /** What it finds in a program: an ELF file that somebody may execute, wherever it is. May throw for damaged ones. */
  readonly program?: (file: ElfBytes, location: string) => readonly SbomPackage[];
  /** Each of its files tells all by itself, so that they need not be in memory together. */
  readonly alone?: true;
  /** Never an error: an image may hold anything, and a damaged record is one that says nothing. */
  read(files: TreeFiles, context: ReadContext): readonly SbomPackage[];
}

/** A file as text; bytes that are not UTF-8 become U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

/** The folder that a path is in; nothing for a path without a slash. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), 0));
}

/** Whether a file begins as an ELF file does. */
export function isProgram(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 4)).toString("latin1") === ELF_MAGIC;
}

/** What `read` says of each ELF file among others, in the order of their paths; nothing of damaged ones. */
export function ofPrograms(
  files: TreeFiles,
  read: NonNullable<PackageReader["program"]>,
): readonly SbomPackage[] {
  const programs = [...files].filter(([, bytes]) => isProgram(bytes)).sort(([a], [b]) => (a < b ? -1 : 1));
  return programs.flatMap(([location, bytes]) => ofProgram(wholeBytes(bytes), location, read));
}

/** What `read` says of one ELF file; nothing of a damaged one. */
export function ofProgram(
  file: ElfBytes,
  location: string,
  read: NonNullable<PackageReader["program"]>,
): readonly SbomPackage[] {
  try {
    return read(file, location);
  } catch (error) {
    if (isDamagedElf(error)) return [];
    throw error;
  }
}

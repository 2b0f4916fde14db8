import { isDamagedElf, readStart } from "../elf/index.ts";
import type { ProgramKind } from "./types.ts";

/** Bytes from the beginning of a file that tell what kind of program it is; program headers stand close to it. */
export const PROGRAM_HEAD = 64 * 1024;

/** What a file is by its first bytes: an ELF program that names a loader is dynamic (System V ABI, "Program Header"). */
export function programKind(head: Uint8Array): ProgramKind {
  try {
    const start = readStart(head);
    if (start === undefined) return "other";
    return start.interpreter === undefined ? "static" : "dynamic";
  } catch (error) {
    if (isDamagedElf(error)) return "other";
    throw error;
  }
}

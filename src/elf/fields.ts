import { TareError } from "../base/index.ts";
import type { ElfBytes } from "./elf-bytes.ts";

/** How numbers stand in a file: words of 64 or 32 bits, the lowest byte first or last. */
export interface Format {
  readonly wide: boolean;
  readonly little: boolean;
}

/** Numbers of a stretch of a file, by their place in it. */
export interface Fields {
  u16(at: number): number;
  u32(at: number): number;
  /**
   * 64 or 32 bits, as the file has it. Beyond 2^53 it is not exact: no such number is a place in a file, or an
   * address of a program.
   */
  word(at: number): number;
}

/** The fields of `length` bytes; an error for a damaged file when it does not have them. */
export function fieldsAt(file: ElfBytes, { offset, length, format, what }: FieldsRequest): Fields {
  if (!(offset + length <= file.size)) throw damagedElf(`${what} lies beyond the end of the file`);
  const bytes = file.read(offset, length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { wide, little } = format;
  return {
    u16: (at) => view.getUint16(at, little),
    u32: (at) => view.getUint32(at, little),
    word: (at) => (wide ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)),
  };
}

interface FieldsRequest {
  readonly offset: number;
  readonly length: number;
  readonly format: Format;
  /** For the message. */
  readonly what: string;
}

/** The error of a file that says what it is and then contradicts itself. */
export function damagedElf(why: string): TareError {
  return new TareError("integrity-archive", `damaged ELF file: ${why}`, {
    hint: "get the file again from where it comes from",
  });
}

/** Whether an error says that a file is damaged. */
export function isDamagedElf(error: unknown): error is TareError {
  return error instanceof TareError && error.code === "integrity-archive";
}

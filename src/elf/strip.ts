import type { ElfBytes } from "./elf-bytes.ts";
import { readHeader } from "./header.ts";

/** A program or library without its end. */
export interface StrippedElf {
  /** Bytes that are left of the file. */
  readonly size: number;
  /** The first of them, which say that there are no sections. */
  readonly header: Uint8Array;
}

/**
 * What is left of a program or library without the sections behind all that is mapped: symbols and debugging information,
 * which nothing reads but debuggers and profilers. What a program says for loading and in notes stays. Undefined for what is
 * no program or library. Of the file its beginning is enough, as far as the program headers go. `integrity-archive` for a
 * damaged file.
 */
export function strippedElf(file: ElfBytes): StrippedElf | undefined {
  const { type, segments, format } = readHeader(file);
  if (type !== "executable" && type !== "shared") return undefined;
  const { wide, little } = format;
  const header = Uint8Array.from(file.read(0, wide ? 64 : 52));
  const view = new DataView(header.buffer);
  const table = wide ? Number(view.getBigUint64(32, little)) : view.getUint32(28, little);
  const tableEnd = table + segments.length * (wide ? 56 : 32);
  const size = segments.reduce(
    (end, one) => Math.max(end, one.offset + one.size),
    Math.max(header.length, tableEnd),
  );
  // e_shoff, e_shnum, e_shstrndx (System V ABI, "ELF Header"); zero is the same in either byte order.
  header.fill(0, wide ? 40 : 32, wide ? 48 : 36);
  header.fill(0, wide ? 60 : 48, wide ? 64 : 52);
  return { size, header };
}

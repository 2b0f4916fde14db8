import type { ElfBytes } from "./elf-bytes.ts";
import type { ElfHeader } from "./elf-file.ts";
import { damagedElf, type Fields, type Format, fieldsAt } from "./fields.ts";

/** The first bytes of a file, and where its program headers are. */
export interface Header extends ElfHeader {
  readonly format: Format;
  readonly segments: readonly Segment[];
}

/** A program header (`Elf64_Phdr`): a stretch of the file and the addresses that it is mapped to. */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  /** Bytes in the file; what is mapped beyond them is zero. */
  readonly size: number;
}

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;

/** Reads the ELF header and, of what can be loaded, the program headers (System V ABI, "ELF Header"). */
export function readHeader(file: ElfBytes): Header {
  const format = readFormat(file);
  const { wide } = format;
  const fields = fieldsAt(file, { offset: 0, length: wide ? 64 : 52, format, what: "the ELF header" });
  const type = TYPES[fields.u16(16)] ?? "other";
  const loadable = type === "executable" || type === "shared";
  return {
    bits: wide ? 64 : 32,
    endian: format.little ? "little" : "big",
    machine: fields.u16(18),
    flags: fields.u32(wide ? 48 : 36),
    type,
    format,
    segments: loadable ? readSegments(file, { header: fields, format }) : [],
  };
}

/** The stretches of a program or library that are mapped into memory. */
export function loadedSegments(file: ElfBytes): readonly Segment[] {
  return readHeader(file).segments.filter(({ type }) => type === PT_LOAD);
}

/** By `e_type`. */
const TYPES: readonly (ElfHeader["type"] | undefined)[] = [
  undefined,
  "relocatable",
  "executable",
  "shared",
  "core",
];

function readFormat(file: ElfBytes): Format {
  const [, , , , width, order] = file.read(0, 6);
  if (width !== 1 && width !== 2) throw damagedElf("it has neither 32 nor 64 bits");
  if (order !== 1 && order !== 2) throw damagedElf("it has no byte order");
  return { wide: width === 2, little: order === 1 };
}

/** `PN_XNUM`: the number is elsewhere, which only core dumps need. */
const TOO_MANY = 0xffff;

function readSegments(
  file: ElfBytes,
  { header, format }: { readonly header: Fields; readonly format: Format },
): readonly Segment[] {
  const { wide } = format;
  const offset = header.word(wide ? 32 : 28);
  const size = header.u16(wide ? 54 : 42);
  const count = header.u16(wide ? 56 : 44);
  if (count === 0) return [];
  if (count === TOO_MANY) throw damagedElf("it has too many program headers");
  if (size !== (wide ? 56 : 32)) throw damagedElf(`its program headers have ${size} bytes each`);
  const table = fieldsAt(file, { offset, length: count * size, format, what: "the program header table" });
  return Array.from({ length: count }, (_, index) => readSegment(table, { at: index * size, wide }));
}

function readSegment(table: Fields, { at, wide }: { readonly at: number; readonly wide: boolean }): Segment {
  return {
    type: table.u32(at),
    offset: table.word(at + (wide ? 8 : 4)),
    address: table.word(at + (wide ? 16 : 8)),
    size: table.word(at + (wide ? 32 : 16)),
  };
}

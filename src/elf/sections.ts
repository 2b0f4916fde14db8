import type { ElfBytes } from "./elf-bytes.ts";
import { damagedElf, type Fields, fieldsAt } from "./fields.ts";
import { readHeader } from "./header.ts";

/** A named stretch of a file that linkers leave for tools (`Elf64_Shdr`); stripped files keep those that are loaded. */
export interface ElfSection {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/**
 * The sections of an ELF file that have bytes in it (System V ABI, "Sections"); none where it has no table.
 * `integrity-archive` when the table contradicts the file.
 */
export function readSections(file: ElfBytes): readonly ElfSection[] {
  const { format } = readHeader(file);
  const { wide } = format;
  const header = fieldsAt(file, { offset: 0, length: wide ? 64 : 52, format, what: "the ELF header" });
  const offset = header.word(wide ? 40 : 32);
  const count = header.u16(wide ? 60 : 48);
  if (offset === 0 || count === 0) return [];
  const step = wide ? 64 : 40;
  if (header.u16(wide ? 58 : 46) !== step) throw damagedElf("its section headers have another size");
  const length = count * step;
  const table = fieldsAt(file, { offset, length, format, what: "the section header table" });
  const names = placeOf(table, { at: header.u16(wide ? 62 : 50) * step, wide, length });
  return Array.from({ length: count }, (_, index) => index * step).flatMap((at) => {
    const place = placeOf(table, { at, wide, length });
    const isThere = table.u32(at + 4) !== SHT_NOBITS && place.offset + place.size <= file.size;
    return isThere ? [{ name: nameAt(file, names, table.u32(at)), ...place }] : [];
  });
}

/** Takes addresses and no bytes. */
const SHT_NOBITS = 8;
const MAX_NAME = 64;

type Place = Omit<ElfSection, "name">;

function placeOf(
  table: Fields,
  { at, wide, length }: { readonly at: number; readonly wide: boolean; readonly length: number },
): Place {
  if (at >= length) throw damagedElf("its table of names lies beyond its sections");
  return { offset: table.word(at + (wide ? 24 : 16)), size: table.word(at + (wide ? 32 : 20)) };
}

function nameAt(file: ElfBytes, names: Place, at: number): string {
  const length = Math.max(Math.min(MAX_NAME, names.size - at), 0);
  const bytes = Buffer.from(file.read(Math.min(names.offset + at, file.size), length));
  return bytes.toString("latin1").split("\0")[0] as string;
}

import { decodeName } from "../base/index.ts";
import type { ElfBytes } from "./elf-bytes.ts";
import { damagedElf, fieldsAt } from "./fields.ts";
import { type Header, PT_DYNAMIC, PT_LOAD, type Segment } from "./header.ts";

/** The dynamic section of a file: numbers by tag, in order, and the strings that they point to. */
export interface Dynamic {
  values(tag: number): readonly number[];
  string(offset: number): string;
  /** Where the bytes of an address are in the file; a damaged file when nothing is mapped there. */
  offsetOf(address: number): number;
}

export const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
export const DT_SONAME = 14;
export const DT_RPATH = 15;
export const DT_RUNPATH = 29;
export const DT_FLAGS_1 = 0x6ffffffb;
export const DT_VERDEF = 0x6ffffffc;
export const DT_VERNEED = 0x6ffffffe;

/** Far more than any file has; a file that says more only wants our time. */
const MAX_ENTRIES = 10_000;
/** PATH_MAX: the loader can open no longer name. */
const MAX_STRING = 4096;

/** Reads what `PT_DYNAMIC` points to; undefined when there is none (System V ABI, "Dynamic Section"). */
export function readDynamic(file: ElfBytes, header: Header): Dynamic | undefined {
  const segment = header.segments.findLast(({ type, size }) => type === PT_DYNAMIC && size > 0);
  if (!segment) return undefined;
  const loads = header.segments.filter(({ type }) => type === PT_LOAD);
  const offsetOf = (address: number) => mappedOffset(loads, address);
  const entries = readEntries(file, { header, segment, offset: offsetOf(segment.address) });
  const values = (tag: number) => entries.filter((entry) => entry.tag === tag).map(({ value }) => value);
  const strings = values(DT_STRTAB).at(-1);
  const size = values(DT_STRSZ).at(-1) ?? 0;
  return {
    values,
    string: (offset) => {
      if (strings === undefined) throw damagedElf("it has no table of strings");
      if (offset >= size) throw damagedElf("a name lies beyond the table of strings");
      return readString(file, { offset: offsetOf(strings) + offset, limit: size - offset });
    },
    offsetOf,
  };
}

function mappedOffset(loads: readonly Segment[], address: number): number {
  const load = loads.find((candidate) => {
    const inside = address - candidate.address;
    return inside >= 0 && inside < candidate.size;
  });
  if (!load) throw damagedElf(`nothing is mapped to address 0x${address.toString(16)}`);
  return load.offset + address - load.address;
}

interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
}

function readEntries(
  file: ElfBytes,
  {
    header,
    segment,
    offset,
  }: { readonly header: Header; readonly segment: Segment; readonly offset: number },
): readonly DynamicEntry[] {
  const { format } = header;
  const word = format.wide ? 8 : 4;
  const count = Math.min(Math.floor(segment.size / (2 * word)), MAX_ENTRIES);
  const table = fieldsAt(file, { offset, length: count * 2 * word, format, what: "the dynamic section" });
  const entries: DynamicEntry[] = [];
  for (let at = 0; at < count * 2 * word; at += 2 * word) {
    const tag = table.word(at);
    if (tag === 0) return entries;
    entries.push({ tag, value: table.word(at + word) });
  }
  if (count === MAX_ENTRIES) throw damagedElf("its dynamic section has no end");
  return entries;
}

/** A name that ends with a zero byte; a damaged file when there is none within `limit` bytes. */
export function readString(
  file: ElfBytes,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): string {
  const bytes = file.read(offset, Math.min(limit, MAX_STRING));
  const end = bytes.indexOf(0);
  if (end < 0) throw damagedElf("a name has no end");
  return decodeName(bytes.subarray(0, end));
}

import { defined } from "../base/index.ts";
import { readDlopenNotes } from "./dlopen-notes.ts";
import {
  DT_FLAGS_1,
  DT_NEEDED,
  DT_RPATH,
  DT_RUNPATH,
  DT_SONAME,
  type Dynamic,
  readDynamic,
  readString,
} from "./dynamic.ts";
import { type ElfBytes, wholeBytes } from "./elf-bytes.ts";
import type { ElfFile } from "./elf-file.ts";
import { damagedElf } from "./fields.ts";
import { type Header, PT_INTERP, readHeader } from "./header.ts";
import { readVersionNeeds, readVersions } from "./versions.ts";

/** The first bytes of every ELF file. */
export const ELF_MAGIC = "\x7fELF";

const DF_1_NODEFLIB = 0x800;
const DF_1_PIE = 0x8000000;

/**
 * What an ELF file says of itself; undefined for anything else. 32 and 64 bits, both byte orders. Reads a
 * few kilobytes, wherever they are. Of what can not be loaded (object files, core dumps) only the header
 * says something. `integrity-archive` when the file contradicts itself.
 */
export function readElf(source: Uint8Array | ElfBytes): ElfFile | undefined {
  const file = source instanceof Uint8Array ? wholeBytes(source) : source;
  if (Buffer.from(file.read(0, 4)).toString("latin1") !== ELF_MAGIC) return undefined;
  const header = readHeader(file);
  const { bits, endian, machine, flags, type, format } = header;
  const dynamic = readDynamic(file, header);
  const interpreter = readInterpreter(file, header);
  const needed = stringsOf(dynamic, DT_NEEDED);
  const features = dynamic?.values(DT_FLAGS_1).at(-1) ?? 0;
  const isProgram = type === "executable" || (features & DF_1_PIE) !== 0;
  return {
    ...{ bits, endian, machine, flags, type },
    isStatic: isProgram && interpreter === undefined && needed.length === 0,
    needed,
    ...defined({ interpreter, soname: stringsOf(dynamic, DT_SONAME).at(-1) }),
    rpath: foldersOf(dynamic, DT_RPATH),
    runpath: foldersOf(dynamic, DT_RUNPATH),
    noDefaultPaths: (features & DF_1_NODEFLIB) !== 0,
    versionNeeds: dynamic ? readVersionNeeds({ file, format, dynamic }) : [],
    versions: dynamic ? readVersions({ file, format, dynamic }) : [],
    dlopenNotes: readDlopenNotes(file, header),
  };
}

/**
 * How the kernel starts a program: by itself, or by the loader that it names. Undefined for what is neither program nor
 * library. Only the program headers are read, and the loader's name. `integrity-archive` as `readElf`.
 */
export function readStart(source: Uint8Array | ElfBytes): { readonly interpreter?: string } | undefined {
  const file = source instanceof Uint8Array ? wholeBytes(source) : source;
  if (Buffer.from(file.read(0, 4)).toString("latin1") !== ELF_MAGIC) return undefined;
  const header = readHeader(file);
  if (header.type !== "executable" && header.type !== "shared") return undefined;
  return defined({ interpreter: readInterpreter(file, header) });
}

function readInterpreter(file: ElfBytes, { segments }: Header): string | undefined {
  const segment = segments.find(({ type }) => type === PT_INTERP);
  if (!segment) return undefined;
  if (!(segment.offset < file.size)) throw damagedElf("its loader's name lies beyond the end of the file");
  return readString(file, { offset: segment.offset, limit: segment.size });
}

function stringsOf(dynamic: Dynamic | undefined, tag: number): readonly string[] {
  return dynamic?.values(tag).map((offset) => dynamic.string(offset)) ?? [];
}

/** The loader takes the last one; an empty folder would be the one that a process happens to be in. */
function foldersOf(dynamic: Dynamic | undefined, tag: number): readonly string[] {
  return (stringsOf(dynamic, tag).at(-1) ?? "").split(":").filter((folder) => folder !== "");
}

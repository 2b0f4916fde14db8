import { type ElfBytes, loadedSegments, readSections } from "../../elf/index.ts";

/** What Go's linker wrote into a program. */
export interface GoBuildInfo {
  /** `go1.22.1`. */
  readonly version: string;
  /** Lines of words with tabs between them, as `go version -m` prints them; empty when built without modules. */
  readonly modules: string;
}

/**
 * The section `.go.buildinfo` of an ELF file (Go, `debug/buildinfo`). Since Go 1.18 both texts follow its header, each
 * after its length; before, the header has two addresses of strings of the running program. Undefined without one, or
 * when it leads out of the file.
 */
export function readGoBuildInfo(file: ElfBytes): GoBuildInfo | undefined {
  const section = readSections(file).find(({ name }) => name === ".go.buildinfo");
  if (!section || section.size < HEADER) return undefined;
  const bytes = Buffer.from(file.read(section.offset, Math.min(section.size, MAX_SECTION)));
  if (bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return undefined;
  const flags = bytes[15] as number;
  const texts = (flags & INLINE) !== 0 ? inlineTexts(bytes) : pointedTexts(file, bytes, flags);
  if (!texts) return undefined;
  const [version, modules] = texts;
  return { version, modules: withoutMarks(modules) };
}

const MAGIC = "\xff Go buildinf:";
const HEADER = 32;
const [BIG_ENDIAN, INLINE] = [1, 2] as const;
/** Programs with hundreds of modules have some ten kilobytes. */
const MAX_SECTION = 4 << 20;

type Texts = readonly [version: string, modules: Buffer];

function inlineTexts(bytes: Buffer): Texts | undefined {
  const version = textAt(bytes, HEADER);
  const modules = version && textAt(bytes, version.end);
  return modules && [version.text.toString("utf8"), modules.text];
}

/** A text after its length in seven bits a byte, the lowest first (`binary.Uvarint`). */
function textAt(bytes: Buffer, start: number): { readonly text: Buffer; readonly end: number } | undefined {
  let [length, at, factor] = [0, start, 1];
  for (; ; factor *= 128) {
    const byte = bytes[at++];
    if (byte === undefined || factor > 2 ** 28) return undefined;
    length += (byte & 127) * factor;
    if (byte < 128) break;
  }
  const end = at + length;
  return end > bytes.length ? undefined : { text: bytes.subarray(at, end), end };
}

/** `bytes[14]` says how long an address is; at each address are the address and the length of a text. */
function pointedTexts(file: ElfBytes, bytes: Buffer, flags: number): Texts | undefined {
  const size = bytes[14];
  if (size !== 4 && size !== 8) return undefined;
  const little = (flags & BIG_ENDIAN) === 0;
  const segments = loadedSegments(file);
  const read = (address: number, length: number): Buffer | undefined => {
    const inside = segments.find(
      (one) => address >= one.address && address + length <= one.address + one.size,
    );
    if (!inside || length > MAX_SECTION) return undefined;
    const found = Buffer.from(file.read(inside.offset + address - inside.address, length));
    return found.length === length ? found : undefined;
  };
  const word = (from: Buffer, at: number) => wordAt(from, { at, size, little });
  const [version, modules] = [16, 16 + size].map((at) => {
    const place = read(word(bytes, at), 2 * size);
    return place && read(word(place, 0), word(place, size));
  });
  return version && [version.toString("utf8"), modules ?? Buffer.alloc(0)];
}

function wordAt(
  bytes: Buffer,
  { at, size, little }: { readonly at: number; readonly size: 4 | 8; readonly little: boolean },
): number {
  if (size === 4) return little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  return Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
}

/** The list stands between two marks of 16 bytes, so that it can be found in memory. */
function withoutMarks(modules: Buffer): string {
  const isMarked = modules.length >= 33 && modules[modules.length - 17] === 0x0a;
  return isMarked ? modules.subarray(16, -16).toString("utf8") : "";
}

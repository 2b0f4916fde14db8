import { type ElfBytes, type ElfFile, isDamagedElf, readElf, wholeBytes } from "../elf/index.ts";
import { readScript, SCRIPT_LINE, type Script } from "./script.ts";

/** What the kernel and the loader make of a file, by its content. Plain JSON: worth remembering by digest. */
export type ProgramFacts =
  | { readonly kind: "elf"; readonly elf: ElfFile }
  | ({ readonly kind: "script" } & Script)
  /** It begins as an ELF file does, and then contradicts itself. */
  | { readonly kind: "damaged"; readonly reason: string };

/**
 * What a file is by its bytes, of which a few kilobytes are read; undefined when it is neither ELF nor script. Never
 * throws for a file's content.
 */
export function programFacts(content: Uint8Array | ElfBytes): ProgramFacts | undefined {
  return factsOf(content instanceof Uint8Array ? wholeBytes(content) : content);
}

function factsOf(file: ElfBytes): ProgramFacts | undefined {
  const script = readScript(file.read(0, SCRIPT_LINE));
  if (script) return { kind: "script", ...script };
  try {
    const elf = readElf(file);
    return elf && { kind: "elf", elf };
  } catch (error) {
    if (isDamagedElf(error)) return { kind: "damaged", reason: error.message };
    throw error;
  }
}

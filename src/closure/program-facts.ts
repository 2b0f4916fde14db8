import {
  ELF_MAGIC,
  type ElfBytes,
  type ElfFile,
  isDamagedElf,
  keepBytes,
  readElf,
  wholeBytes,
} from "../elf/index.ts";
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

/**
 * What a file is, read from a stream: of what is no ELF file only the beginning is read. `user-unsupported`
 * for an ELF file of more than `limit` bytes, which would have to be kept in memory.
 */
export async function streamedProgramFacts(
  stream: AsyncIterable<Uint8Array>,
  { limit = 512 * 1024 * 1024 }: { readonly limit?: number } = {},
): Promise<ProgramFacts | undefined> {
  const head: Uint8Array[] = [];
  let length = 0;
  const iterator = stream[Symbol.asyncIterator]();
  try {
    while (length < SCRIPT_LINE) {
      const next = await iterator.next();
      if (next.done) return programFacts(Buffer.concat(head));
      head.push(Uint8Array.from(next.value));
      length += next.value.length;
    }
    const start = Buffer.concat(head);
    if (start.toString("latin1", 0, ELF_MAGIC.length) !== ELF_MAGIC) return programFacts(start);
    return factsOf(await keepBytes(continued(start, iterator), { limit }));
  } finally {
    await iterator.return?.();
  }
}

async function* continued(
  start: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield start;
  for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
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

import { closeSync, openSync, readSync } from "node:fs";
import { type ProgramFacts, programFacts } from "../closure/index.ts";
import type { ElfBytes } from "../elf/index.ts";
import type { Entry } from "../tree/index.ts";

/**
 * What the programs and libraries of a layer need, by their paths in it. Reads the few bytes that tell, in place, so a
 * large program takes no more memory than a small one.
 */
export function programsIn(entries: readonly Entry[], tar: string): Readonly<Record<string, ProgramFacts>> {
  const found: [string, ProgramFacts][] = [];
  const fd = openSync(tar, "r");
  try {
    for (const entry of entries) {
      const facts = entry.kind === "file" ? programFacts(bytesOf(entry, fd)) : undefined;
      if (facts) found.push([entry.path, facts]);
    }
  } finally {
    closeSync(fd);
  }
  return Object.fromEntries(found);
}

/** As many bytes as there are of those asked for, and no more memory than that. */
function bytesOf({ size, offset: start = 0 }: Entry, fd: number): ElfBytes {
  return {
    size,
    read(offset, length) {
      const bytes = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
      return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, start + offset));
    },
  };
}

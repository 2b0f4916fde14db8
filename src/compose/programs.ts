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
    const read = inPages(fd);
    for (const entry of entries) {
      const facts = entry.kind === "file" ? programFacts(bytesOf(entry, read)) : undefined;
      if (facts) found.push([entry.path, facts]);
    }
  } finally {
    closeSync(fd);
  }
  return Object.fromEntries(found);
}

/** Gives bytes of a file, fewer only where it ends. */
type Read = (start: number, length: number) => Uint8Array;

/** As many bytes as there are of those asked for, and no more memory than that. */
function bytesOf({ size, offset: start = 0 }: Entry, read: Read): ElfBytes {
  return {
    size,
    read: (offset, length) => read(start + offset, Math.max(0, Math.min(length, size - offset))),
  };
}

const PAGE = 32 << 10;
const PAGES = 4;

interface Page {
  readonly number: number;
  readonly memory: Buffer;
  readonly bytes: Uint8Array;
}

/**
 * A program is asked for a few bytes in a hundred places, most of them near each other, and small files are neighbours: a
 * page is read once, and the last few stay.
 */
function inPages(fd: number): Read {
  const kept: Page[] = [];
  function pageAt(number: number): Uint8Array {
    const known = kept.find((page) => page.number === number);
    if (known) return known.bytes;
    // The oldest page's memory takes the new one; what was given of it was a copy.
    const { memory } = (kept.length === PAGES && kept.pop()) || { memory: Buffer.allocUnsafeSlow(PAGE) };
    const bytes = memory.subarray(0, readSync(fd, memory, 0, PAGE, number * PAGE));
    kept.unshift({ number, memory, bytes });
    return bytes;
  }
  return (start, length) => {
    const number = Math.floor(start / PAGE);
    const at = start - number * PAGE;
    if (at + length <= PAGE) return Buffer.from(pageAt(number).subarray(at, at + length));
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, start));
  };
}

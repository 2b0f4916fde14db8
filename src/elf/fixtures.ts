import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { decodeName } from "../base/index.ts";
import type { ElfFile, VersionNeed } from "./elf-file.ts";

/** The ELF files directly in a folder of this machine, by their first bytes, in order. */
export function elfFilesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(folder, entry.name))
    .filter(hasMagic)
    .sort();
}

function hasMagic(path: string): boolean {
  const file = openSync(path, "r");
  const head = Buffer.alloc(4);
  readSync(file, head);
  closeSync(file);
  return head.toString("latin1") === "\x7fELF";
}

/** What readelf(1) prints of files, put into our words: those facts that both of us tell. */
export function askReadelf(paths: readonly string[]): ReadonlyMap<string, ReadelfFacts> {
  // A further file makes it print each file's name even if there is only one.
  const out = execFileSync("readelf", ["-hldVW", ...paths, "/bin/true"], {
    env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
    maxBuffer: 1 << 28,
    stdio: ["ignore", "pipe", "ignore"],
  }).toString("latin1");
  const parts = out.split(/^File: (.*)$/m).slice(1);
  const facts = new Map<string, ReadelfFacts>();
  for (let at = 0; at < parts.length; at += 2) {
    const path = decodeName(Buffer.from(parts[at] as string, "latin1"));
    if (paths.includes(path)) facts.set(path, parse(parts[at + 1] as string));
  }
  return facts;
}

type ReadelfFacts = Omit<ElfFile, "machine" | "flags" | "isStatic" | "dlopenNotes"> & {
  readonly machine: string;
};

function parse(text: string): ReadelfFacts {
  const one = (pattern: RegExp) => pattern.exec(text)?.[1];
  const all = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] as string);
  const folders = (pattern: RegExp) => (one(pattern) ?? "").split(":").filter((folder) => folder !== "");
  const interpreter = one(/Requesting program interpreter: (.*)\]/);
  const soname = one(/\(SONAME\)\s+Library soname: \[(.*)\]/);
  const type = { REL: "relocatable", EXEC: "executable", DYN: "shared", CORE: "core" } as const;
  return {
    bits: one(/Class:\s+ELF(\d+)/) === "64" ? 64 : 32,
    endian: one(/Data:.*(little|big) endian/) === "little" ? "little" : "big",
    machine: one(/Machine:\s+(.*)/) as string,
    type: type[one(/^ {2}Type:\s+(\w+)/m) as keyof typeof type] ?? "other",
    needed: all(/\(NEEDED\)\s+Shared library: \[(.*)\]/g),
    ...(interpreter !== undefined && { interpreter }),
    ...(soname !== undefined && { soname }),
    rpath: folders(/\(RPATH\)\s+Library rpath: \[(.*)\]/),
    runpath: folders(/\(RUNPATH\)\s+Library runpath: \[(.*)\]/),
    noDefaultPaths: /\(FLAGS_1\).*NODEFLIB/.test(text),
    versionNeeds: parseNeeds(text.split("Version needs section")[1] ?? ""),
    versions: all(/Rev: \d+ {2}Flags: .*? {2}Index: \d+ {2}Cnt: \d+ {2}Name: (.*)/g),
  };
}

function parseNeeds(text: string): readonly VersionNeed[] {
  return text
    .split(/Version: \d+ {2}File: /)
    .slice(1)
    .map((part) => ({
      library: /^(.*?) {2}Cnt:/.exec(part)?.[1] as string,
      versions: [...part.matchAll(/Name: (.*?) {2}Flags: (.*?) {2}Version:/g)].map(([, name, flags]) => ({
        name: name as string,
        weak: flags?.includes("WEAK") === true,
      })),
    }));
}

/** A program of this machine that has a loader, libraries and versions, and is small. */
export function sampleProgram(): Buffer {
  return readFileSync("/bin/true");
}

/** What a hand-made file is to say, each at a place of its own. */
interface Made {
  readonly wide: boolean;
  readonly little: boolean;
  readonly type?: number;
  readonly machine: number;
  readonly interpreter?: string;
  /** Descriptions of notes about what is loaded by name. */
  readonly notes?: readonly string[];
  readonly dynamic?: readonly (readonly [tag: number, value: number | string])[];
}

/** Where the file is mapped: addresses are not places in the file. */
export const BASE = 0x10000;

/** An ELF file written field by field from the specification, in any of the four forms. */
export function makeElf({
  wide,
  little,
  type = 2,
  machine,
  interpreter,
  dynamic = [],
  notes = [],
}: Made): Buffer {
  const bytes = Buffer.alloc(2048);
  const write = (at: number, size: number, value: number) =>
    little
      ? bytes.writeUIntLE(value, at, Math.min(size, 6))
      : bytes.writeUIntBE(value, at + Math.max(size - 6, 0), Math.min(size, 6));
  const word = wide ? 8 : 4;
  bytes.write("\x7fELF", "latin1");
  bytes.set([wide ? 2 : 1, little ? 1 : 2, 1], 4);
  const strings = [""];
  const textAt = (value: string) => {
    const at = strings.join("\0").length + 1;
    strings.push(value);
    return at;
  };
  const [interpAt, dynamicAt, stringsAt] = [512, 640, 1024];
  const entries = dynamic.map(
    ([tag, value]) => [tag, typeof value === "string" ? textAt(value) : value] as const,
  );
  const text = `${strings.join("\0")}\0`;
  const all = [...entries, [5, BASE + stringsAt] as const, [10, text.length] as const, [0, 0] as const];
  for (const [index, [tag, value]] of all.entries()) {
    write(dynamicAt + index * 2 * word, word, tag);
    write(dynamicAt + index * 2 * word + word, word, value);
  }
  bytes.write(text, stringsAt, "latin1");
  const segments = [{ type: 1, offset: 0, size: 2048 }];
  if (dynamic.length > 0) segments.push({ type: 2, offset: dynamicAt, size: all.length * 2 * word });
  if (interpreter !== undefined) {
    bytes.write(`${interpreter}\0`, interpAt, "latin1");
    segments.push({ type: 3, offset: interpAt, size: interpreter.length + 1 });
  }
  let noteAt = 1536;
  for (const note of notes) {
    for (const [index, value] of [4, note.length + 1, 0x407c0c0a].entries())
      write(noteAt + index * 4, 4, value);
    bytes.write(`FDO\0${note}`, noteAt + 12, "latin1");
    noteAt += 16 + Math.ceil((note.length + 1) / 4) * 4;
  }
  if (notes.length > 0) segments.push({ type: 4, offset: 1536, size: noteAt - 1536 });
  const headerSize = wide ? 64 : 52;
  write(16, 2, type);
  write(18, 2, machine);
  write(wide ? 32 : 28, word, headerSize);
  write(wide ? 54 : 42, 2, wide ? 56 : 32);
  write(wide ? 56 : 44, 2, segments.length);
  for (const [index, segment] of segments.entries()) {
    const at = headerSize + index * (wide ? 56 : 32);
    write(at, 4, segment.type);
    write(at + (wide ? 8 : 4), word, segment.offset);
    write(at + (wide ? 16 : 8), word, BASE + segment.offset);
    write(at + (wide ? 32 : 16), word, segment.size);
  }
  return bytes;
}

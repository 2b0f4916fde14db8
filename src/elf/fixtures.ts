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

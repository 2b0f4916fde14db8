import type { ElfFile } from "../elf/index.ts";
import { buildTree, comparePaths, type Entry, impliedDirectory, type Tree } from "../tree/index.ts";
import { describeGap } from "./describe-gap.ts";
import { type ProgramFacts, programFacts } from "./program-facts.ts";
import { type ClosureOptions, type ClosureProof, proveClosure } from "./prove-closure.ts";

/** A file of a tree that is made for a test. */
export interface Sample {
  readonly kind: Entry["kind"];
  readonly mode: number;
  readonly link?: string;
  readonly facts?: ProgramFacts | undefined;
}

/** A tree of samples by path; a directory above a sample is implied. */
function sampleTree(samples: Readonly<Record<string, Sample>>): Tree {
  const entries = Object.entries(samples).map(([path, { kind, mode, link }]) => ({
    ...impliedDirectory(path),
    ...{ kind, mode },
    ...(link !== undefined && { link }),
  }));
  return buildTree([{ entries: entries.sort((a, b) => comparePaths(a.path, b.path)) }]);
}

export function prove(
  samples: Readonly<Record<string, Sample>>,
  options: Omit<ClosureOptions, "facts"> = {},
): ClosureProof {
  return proveClosure(sampleTree(samples), { facts: (path) => samples[path]?.facts, ...options });
}

export function link(target: string): Sample {
  return { kind: "symlink", mode: 0o777, link: target };
}

export function folder(): Sample {
  return { kind: "dir", mode: 0o755 };
}

/** A file by its content, such as a script. */
export function file(content: string | Uint8Array = "", mode = 0o755): Sample {
  return { kind: "file", mode, facts: programFacts(Buffer.from(content)) };
}

export const LOADER = "/lib64/ld-linux-x86-64.so.2";

const AMD64: ElfFile = {
  bits: 64,
  endian: "little",
  machine: 62,
  flags: 0,
  type: "shared",
  isStatic: false,
  needed: [],
  rpath: [],
  runpath: [],
  noDefaultPaths: false,
  versionNeeds: [],
  versions: [],
  dlopenNotes: [],
};

export function library(soname: string, elf: Partial<ElfFile> = {}): Sample {
  return { kind: "file", mode: 0o644, facts: { kind: "elf", elf: { ...AMD64, soname, ...elf } } };
}

export function program(needed: readonly string[], elf: Partial<ElfFile> = {}): Sample {
  const facts = { kind: "elf", elf: { ...AMD64, interpreter: LOADER, needed, ...elf } } as const;
  return { kind: "file", mode: 0o755, facts };
}

export const ARM64: Partial<ElfFile> = { machine: 183 };
export const LIB = "usr/lib/x86_64-linux-gnu";

/** Merged /usr, the loader, and a C library that has all that it may load. */
export const BASE: Readonly<Record<string, Sample>> = {
  lib: link("usr/lib"),
  lib64: link("usr/lib64"),
  bin: link("usr/bin"),
  "usr/bin": folder(),
  "usr/lib64/ld-linux-x86-64.so.2": link("/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
  [`${LIB}/ld-linux-x86-64.so.2`]: {
    ...library("ld-linux-x86-64.so.2", { versions: ["GLIBC_2.2.5"] }),
    mode: 0o755,
  },
  [`${LIB}/libc.so.6`]: library("libc.so.6", {
    needed: ["ld-linux-x86-64.so.2"],
    versions: ["libc.so.6", "GLIBC_2.2.5", "GLIBC_2.34"],
  }),
  [`${LIB}/libgcc_s.so.1`]: library("libgcc_s.so.1", { needed: ["libc.so.6"] }),
  [`${LIB}/gconv/gconv-modules`]: file("", 0o644),
};

/** What is missing, in the words that people get, with its level in front. */
export function missing(
  samples: Readonly<Record<string, Sample>>,
  options: Omit<ClosureOptions, "facts"> = {},
): readonly string[] {
  return prove({ ...BASE, ...samples }, options).gaps.map((gap) => `${gap.level}: ${describeGap(gap)}`);
}

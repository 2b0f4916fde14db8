import { baseName } from "../tree/index.ts";
import { type LibrarySearch, type Loaded, whyUnfit } from "./find-library.ts";
import type { InterpreterGap } from "./gap.ts";
import { isExecutable } from "./tree-files.ts";

export type Flavour = LibrarySearch["flavour"];

/** A loader that is in the tree, as programs find it. */
export interface Loader {
  readonly loaded: Loaded;
  readonly flavour: Flavour;
}

/** The loader that a program names, or why it can not be started by it. */
export function findLoader(
  { files, facts }: LibrarySearch,
  program: Loaded,
):
  | { readonly loader: Loader; readonly gap?: undefined }
  | { readonly loader?: undefined; readonly gap: InterpreterGap } {
  const needs = program.elf.interpreter ?? "";
  const gap = (problem: InterpreterGap["problem"]) =>
    ({ gap: { kind: "interpreter", level: "required", file: program.path, needs, problem } }) as const;
  const found = files.at(needs);
  if (found?.node.entry.kind !== "file") return gap("missing");
  if (!isExecutable(found.node)) return gap("not-executable");
  const fact = facts(found.path);
  if (fact?.kind !== "elf" || whyUnfit(fact.elf, program.elf) !== undefined) return gap("unfit");
  const loaded = { path: found.path, elf: fact.elf, origin: "" };
  return { loader: { loaded, flavour: programFlavour(program) } };
}

/** Which loader a program is made for. */
export function programFlavour({ elf }: Loaded): Flavour {
  return baseName(elf.interpreter ?? "").startsWith("ld-musl-") ? "musl" : "glibc";
}

/** A library that is a loader itself, though no program here names it: of a base for programs to come. */
export function asLoader(library: Loaded): Loader | undefined {
  const soname = library.elf.soname ?? "";
  if (/^ld(?:64)?(?:-linux[^/]*)?\.so\.\d+$/.test(soname)) return { loaded: library, flavour: "glibc" };
  const isMusl = /^libc\.(?:musl-|so$)/.test(soname);
  return isMusl ? { loaded: library, flavour: "musl" } : undefined;
}

/** Which loader a plugin is made for; undefined when either will do. */
export function pluginFlavour({ elf }: Loaded): Flavour | undefined {
  if (elf.needed.some((name) => /^libc\.(?:musl-|so$)/.test(name))) return "musl";
  return elf.needed.includes("libc.so.6") ? "glibc" : undefined;
}

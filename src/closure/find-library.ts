import { type ElfFile, machineName } from "../elf/index.ts";
import { loadedBefore } from "./dlopen-rules.ts";
import { defaultFolders, expandTokens, muslFolders } from "./platform-folders.ts";
import type { ProgramFacts } from "./program-facts.ts";
import type { FoundFile, TreeFiles } from "./tree-files.ts";

/** A program or library as the loader has it in memory. */
export interface Loaded {
  readonly path: string;
  readonly elf: ElfFile;
  /** The folder that `$ORIGIN` stands for, no slash in front. */
  readonly origin: string;
  /** What it was loaded for; absent of the program itself. */
  readonly parent?: Loaded;
}

/** Where libraries are looked for. */
export interface LibrarySearch {
  readonly files: TreeFiles;
  readonly facts: (path: string) => ProgramFacts | undefined;
  /** `LD_LIBRARY_PATH`, taken apart. */
  readonly libraryPath: readonly string[];
  /** What the loader's cache knows, or musl's path file: searched before the loader's own folders. */
  readonly configured: readonly string[];
  readonly flavour: "glibc" | "musl";
  /** What came of searches in those folders alone that are the same for every file: filled as it is used. */
  readonly known: Map<string, Outcome>;
}

/** What came of a search. */
export type Outcome =
  | { readonly found: Loaded; readonly instead?: undefined }
  | { readonly found?: undefined; readonly instead?: { readonly path: string; readonly why: string } };

/**
 * Looks for a library as the loader does (ld.so(8)). A file for another machine is passed over; what is no
 * library at all ends the search.
 */
export function findLibrary(search: LibrarySearch, { name, from }: Wanted): Outcome {
  const context = { elf: from.elf, origin: from.origin };
  if (name.includes("/")) return fromPath(search, { path: expandTokens(name, context), from });
  const outcome = onSearchPath(search, { name, from });
  return outcome.found ? outcome : (inMemoryBefore(search, { name, from }) ?? outcome);
}

interface Wanted {
  readonly name: string;
  readonly from: Loaded;
}

function onSearchPath(search: LibrarySearch, { name, from }: Wanted): Outcome {
  if (!usesDefaults(from)) return inFolders(search, { name, from, folders: foldersFor(search, from) });
  const { machine, bits, endian, flags } = from.elf;
  const key = `${machine} ${bits} ${endian} ${flags} ${name}`;
  let outcome = search.known.get(key);
  if (!outcome) {
    outcome = inFolders(search, { name, from, folders: foldersFor(search, from) });
    search.known.set(key, outcome);
  }
  return outcome.found ? { found: { ...outcome.found, parent: from } } : outcome;
}

/** Whether nothing of its own, or of what loaded it, says where to look. */
function usesDefaults(from: Loaded): boolean {
  if (from.elf.noDefaultPaths) return false;
  for (let loaded: Loaded | undefined = from; loaded; loaded = loaded.parent)
    if (loaded.elf.rpath.length > 0 || loaded.elf.runpath.length > 0) return false;
  return true;
}

function inMemoryBefore(search: LibrarySearch, { name, from }: Wanted): Outcome | undefined {
  return loadedBefore(name)
    .map((place) => fromPath(search, { path: `/${from.origin}/${place}`, from }))
    .find(({ found }) => found);
}

function fromPath(
  search: LibrarySearch,
  { path, from }: { readonly path: string; readonly from: Loaded },
): Outcome {
  const at = path.lastIndexOf("/");
  return inFolders(search, { name: path.slice(at + 1), from, folders: [path.slice(0, at + 1)] });
}

function inFolders(
  search: LibrarySearch,
  {
    name,
    from,
    folders,
  }: { readonly name: string; readonly from: Loaded; readonly folders: Iterable<string> },
): Outcome {
  let instead: { readonly path: string; readonly why: string } | undefined;
  for (const folder of folders) {
    const file = search.files.inFolder(folder, name);
    if (!file) continue;
    const facts = search.facts(file.path);
    if (facts?.kind !== "elf") return { instead: { path: file.path, why: whyNotElf(facts) } };
    const why = whyUnfit(facts.elf, from.elf);
    if (why === undefined) return { found: loadedFrom(file, { elf: facts.elf, parent: from }) };
    instead ??= { path: file.path, why };
  }
  return instead ? { instead } : {};
}

function whyNotElf(facts: ProgramFacts | undefined): string {
  return facts?.kind === "damaged" ? "is damaged" : "is no library";
}

/** Why one file can not be loaded for another; undefined when it can. */
export function whyUnfit(library: ElfFile, user: ElfFile): string | undefined {
  const fits =
    library.machine === user.machine && library.bits === user.bits && library.endian === user.endian;
  if (!fits) return `is for ${machineName(library)} with ${library.bits} bits`;
  return library.type === "shared" ? undefined : "is no shared library";
}

function loadedFrom(
  file: FoundFile,
  { elf, parent }: { readonly elf: ElfFile; readonly parent: Loaded },
): Loaded {
  return { path: file.path, elf, origin: file.folder, parent };
}

/** The folders in which what `from` needs is looked for, in order. */
function* foldersFor(search: LibrarySearch, from: Loaded): Generator<string> {
  const expand = (folders: readonly string[], { elf, origin }: Loaded) =>
    folders.map((folder) => expandTokens(folder, { elf, origin }));
  if (search.flavour === "musl") {
    yield* search.libraryPath;
    for (const loaded of chainFrom(from)) yield* expand(effectivePath(loaded), loaded);
    yield* search.configured.length > 0 ? search.configured : muslFolders(from.elf);
    return;
  }
  // An RPATH is inherited, a RUNPATH is not and makes the loader ignore any RPATH.
  if (from.elf.runpath.length === 0)
    for (const loaded of chainFrom(from))
      if (loaded.elf.runpath.length === 0) yield* expand(loaded.elf.rpath, loaded);
  yield* search.libraryPath;
  yield* expand(from.elf.runpath, from);
  if (from.elf.noDefaultPaths) return;
  yield* search.configured;
  yield* defaultFolders(from.elf);
}

function* chainFrom(from: Loaded): Generator<Loaded> {
  for (let loaded: Loaded | undefined = from; loaded; loaded = loaded.parent) yield loaded;
}

function effectivePath({ elf }: Loaded): readonly string[] {
  return elf.runpath.length > 0 ? elf.runpath : elf.rpath;
}

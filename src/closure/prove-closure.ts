import { baseName, type Tree } from "../tree/index.ts";
import { type Allowance, allowGaps } from "./allowance.ts";
import { openByName } from "./dlopen.ts";
import type { LibrarySearch, Loaded } from "./find-library.ts";
import type { Gap, UnloadableGap } from "./gap.ts";
import { startScripts } from "./interpreters.ts";
import { danglingLinks } from "./links.ts";
import { loadAll } from "./load-all.ts";
import type { TextOf } from "./loader-config.ts";
import { missingNameServices, NSSWITCH } from "./name-services.ts";
import { type NeedGraph, needGraph, type Use } from "./need-graph.ts";
import type { ProgramFacts } from "./program-facts.ts";
import { findRoots, type Roots } from "./roots.ts";
import { foldersIn, searchesOf } from "./searches.ts";
import { isExecutable, treeFiles } from "./tree-files.ts";

export interface ClosureOptions {
  /** What a regular file is, by its own path; undefined of what is neither ELF nor script. */
  readonly facts: (path: string) => ProgramFacts | undefined;
  /** The image's environment, `PATH=/usr/bin`: `PATH` and `LD_LIBRARY_PATH` count. */
  readonly environment?: readonly string[];
  /** Content of small text files: /etc/ld.so.conf, what it includes, and /etc/nsswitch.conf. */
  readonly text?: TextOf;
  /** Further folders that the loader is known to search, absolute: those of a loader cache to come. */
  readonly libraryFolders?: readonly string[];
  readonly allow?: Allowance;
}

export interface ClosureProof {
  /** What is missing, each thing once for each file that needs it: complete when none is `required`. */
  readonly gaps: readonly Gap[];
  /** Which file needs which, of all that is not missing. */
  readonly needs: NeedGraph;
}

/** What a process has without a PATH of its own. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Proves that everything in a tree starts and loads, or tells what does not: loaders, interpreters of
 * scripts, libraries on the search path that ld.so(8) has for each file, their symbol versions, what is known
 * to be loaded by name, and symbolic links. What a program does with its own data it does not see.
 */
export function proveClosure(tree: Tree, options: ClosureOptions): ClosureProof {
  const { facts, environment = [], text = () => undefined, libraryFolders = [], allow = {} } = options;
  const files = treeFiles(tree);
  const roots = findRoots(tree, facts);
  const searches = searchesOf(tree, { files, facts, text, environment, libraryFolders });
  const known = [...roots.programs, ...roots.libraries];
  const loading = loadAll(searches, roots);
  const path = foldersIn(environment, { name: "PATH", otherwise: DEFAULT_PATH });
  const scripts = startScripts(roots.scripts, { files, path });
  const dlopen = openByName(searches.glibc, known);
  const gaps = [
    ...damagedGaps(roots.damaged),
    ...withPlaces(loading.gaps, known),
    ...scripts.gaps,
    ...dlopen.gaps,
    ...nameServiceGaps(searches.glibc, { known, text: text(NSSWITCH) }),
    ...danglingLinks(tree),
  ];
  return {
    gaps: allowGaps(distinct(gaps, gapKey), allow),
    needs: needGraph(distinct([...loading.uses, ...scripts.uses, ...dlopen.uses], useKey)),
  };
}

/** What can be started has to start; a damaged file that nobody starts or loads is only worth a word. */
function damagedGaps(damaged: Roots["damaged"]): readonly UnloadableGap[] {
  return damaged.map(({ node, reason }) => ({
    kind: "unloadable",
    level: isExecutable(node) ? "required" : "advice",
    file: node.entry.path,
    reason,
  }));
}

/** Libraries that are missed, with where they are all the same. */
function withPlaces(gaps: readonly Gap[], known: readonly Loaded[]): readonly Gap[] {
  if (!gaps.some(({ kind }) => kind === "library")) return gaps;
  const places = new Map(known.map(({ path }) => [baseName(path), path]));
  return gaps.map((gap) => {
    const place = gap.kind === "library" && !gap.instead ? places.get(gap.needs) : undefined;
    return place === undefined
      ? gap
      : { ...gap, instead: { path: place, why: "is where nobody looks for it" } };
  });
}

function nameServiceGaps(
  search: LibrarySearch,
  { known, text }: { readonly known: readonly Loaded[]; readonly text: string | undefined },
): readonly Gap[] {
  const libc = known.find(({ elf }) => elf.soname === "libc.so.6");
  return libc ? missingNameServices(search, { libc, text }) : [];
}

/** The first of those that are the same. */
function distinct<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  const known = new Map<string, T>();
  for (const item of items) {
    const text = key(item);
    if (!known.has(text)) known.set(text, item);
  }
  return [...known.values()];
}

/** The same need of the same file, whichever program it was loaded for. */
function gapKey(gap: Gap): string {
  if (gap.kind === "unused-allowance" || gap.kind === "unloadable") return JSON.stringify(gap);
  const { kind, file, needs } = gap;
  return JSON.stringify([kind, file, needs, gap.kind === "version" ? gap.version : ""]);
}

function useKey({ by, name, file, how }: Use): string {
  return [by, name, file, how].join("\0");
}

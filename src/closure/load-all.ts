import { machineName } from "../elf/index.ts";
import { baseName } from "../tree/index.ts";
import { type LibrarySearch, type Loaded, whyUnfit } from "./find-library.ts";
import type { Gap } from "./gap.ts";
import { type LoadResult, load } from "./load.ts";
import { asLoader, type Flavour, findLoader, type Loader, pluginFlavour, programFlavour } from "./loader.ts";
import type { Use } from "./need-graph.ts";
import type { Roots } from "./roots.ts";

/** The search that each of the loaders makes. */
export type Searches = Readonly<Record<Flavour, LibrarySearch>>;

/**
 * Loads every program, and then every library that no program brought with it, as if somebody opened it. Of
 * these, the ones that others need come last: the others' search paths count for them. Gaps may be in it
 * several times, of several programs.
 */
export function loadAll(searches: Searches, { programs, libraries }: Roots): Loading {
  const started = programs.map((program) => start(searches, program));
  const loaders = [
    ...started.flatMap(({ loader }) => loader ?? []),
    ...libraries.flatMap((library) => asLoader(library) ?? []),
  ];
  const opened = openPlugins(searches, {
    libraries,
    loaders: distinct(loaders),
    reached: reachedBy(started),
  });
  return {
    gaps: [...started, ...opened].flatMap(({ gaps }) => gaps),
    uses: [...started, ...opened].flatMap(({ uses }) => uses),
  };
}

/** What came of loading something. */
interface Loading {
  readonly gaps: readonly Gap[];
  readonly uses: readonly Use[];
}

type Started = Loading & { readonly loader?: Loader; readonly objects: readonly Loaded[] };

function start(searches: Searches, program: Loaded): Started {
  const { loader, gap } = findLoader(searches.glibc, program);
  const result = load(searches[programFlavour(program)], { root: program, loader: loader?.loaded });
  if (!loader) return { ...result, gaps: [gap, ...result.gaps] };
  const name = program.elf.interpreter ?? "";
  const use = { by: program.path, name, file: loader.loaded.path, how: "interpreter" } as const;
  return { ...result, loader, uses: [use, ...result.uses] };
}

function reachedBy(started: readonly Started[]): Set<string> {
  const reached = new Set<string>();
  for (const { objects, loader } of started) {
    for (const { path } of objects) reached.add(path);
    if (loader) reached.add(loader.loaded.path);
  }
  return reached;
}

function distinct(loaders: readonly Loader[]): readonly Loader[] {
  return [...new Map(loaders.map((loader) => [loader.loaded.path, loader])).values()];
}

interface Plugins {
  readonly libraries: readonly Loaded[];
  readonly loaders: readonly Loader[];
  /** Paths of what was in memory with something already. */
  readonly reached: Set<string>;
}

function openPlugins(searches: Searches, { libraries, loaders, reached }: Plugins): readonly Loading[] {
  const left = libraries.filter(({ path }) => !reached.has(path));
  const wanted = new Set(left.flatMap(({ elf }) => elf.needed));
  const isWanted = ({ path, elf }: Loaded) => wanted.has(elf.soname ?? baseName(path));
  const opened: Loading[] = [];
  for (const plugin of [...left.filter((library) => !isWanted(library)), ...left.filter(isWanted)]) {
    if (reached.has(plugin.path)) continue;
    const result = open(searches, { plugin, loaders });
    for (const { path } of result.objects) reached.add(path);
    opened.push(result);
  }
  return opened;
}

function open(
  searches: Searches,
  { plugin, loaders }: { readonly plugin: Loaded; readonly loaders: readonly Loader[] },
): LoadResult | Started {
  const own = loaders.filter(({ loaded }) => whyUnfit(loaded.elf, plugin.elf) === undefined);
  const flavour = pluginFlavour(plugin);
  const loader = own.find((candidate) => flavour === undefined || candidate.flavour === flavour);
  if (loaders.length === 0 || loader)
    return load(searches[loader?.flavour ?? flavour ?? "glibc"], { root: plugin, loader: loader?.loaded });
  const reason =
    own.length === 0
      ? `it is for ${machineName(plugin.elf)} with ${plugin.elf.bits} bits`
      : `it is for ${flavour}, whose loader is not here`;
  const gap = { kind: "unloadable", level: "advice", file: plugin.path, reason } as const;
  return { objects: [plugin], uses: [], gaps: [gap] };
}

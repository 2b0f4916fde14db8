import { findLibrary, type LibrarySearch, type Loaded, type Outcome } from "./find-library.ts";
import type { LibraryGap, VersionGap } from "./gap.ts";
import type { Use } from "./need-graph.ts";

/** What loading a program, or a plugin, comes to. */
export interface LoadResult {
  /** All that is in memory then, the root first. */
  readonly objects: readonly Loaded[];
  readonly uses: readonly Use[];
  readonly gaps: readonly (LibraryGap | VersionGap)[];
}

/**
 * Loads a file with all that it needs, breadth first as the loader does: a name that something in memory
 * already has is not looked for again. `loader` is in memory from the beginning.
 */
export function load(
  search: LibrarySearch,
  { root, loader }: { readonly root: Loaded; readonly loader?: Loaded | undefined },
): LoadResult {
  const memory: Memory = { objects: [root], byPath: new Map(), byName: new Map() };
  if (loader) remember(memory, loader);
  remember(memory, root);
  const uses: Use[] = [];
  const gaps: (LibraryGap | VersionGap)[] = [];
  for (const object of memory.objects) {
    for (const name of object.elf.needed) {
      const own = search.flavour === "musl" && MUSL_OWN.test(name) ? loader : undefined;
      const { found, instead } = loadNeeded(search, { name, from: object, memory, own });
      if (found) uses.push({ by: object.path, name, file: found.path, how: "library" });
      else gaps.push(libraryGap(object, { name, root, instead }));
    }
  }
  if (search.flavour === "glibc")
    for (const object of memory.objects) gaps.push(...versionGaps(object, memory.byName));
  return { objects: memory.objects, uses, gaps };
}

interface Memory {
  readonly objects: Loaded[];
  readonly byPath: Map<string, Loaded>;
  /** By soname, and by the names that were asked for. */
  readonly byName: Map<string, Loaded>;
}

function remember({ byPath, byName }: Memory, object: Loaded): void {
  byPath.set(object.path, object);
  const { soname } = object.elf;
  if (soname !== undefined && !byName.has(soname)) byName.set(soname, object);
}

interface Needed {
  readonly name: string;
  readonly from: Loaded;
  readonly memory: Memory;
  /** What has the name in itself. */
  readonly own: Loaded | undefined;
}

function loadNeeded(search: LibrarySearch, { name, from, memory, own }: Needed): Outcome {
  const known = own ?? memory.byName.get(name);
  if (known) return { found: known };
  const outcome = findLibrary(search, { name, from });
  if (!outcome.found) return outcome;
  const already = memory.byPath.get(outcome.found.path);
  const found = already ?? outcome.found;
  if (!already) {
    memory.objects.push(found);
    remember(memory, found);
  }
  memory.byName.set(name, found);
  return { found };
}

/** Names that musl's loader has in itself, whatever follows the dot. */
const MUSL_OWN = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;

function libraryGap(
  object: Loaded,
  {
    name,
    root,
    instead,
  }: { readonly name: string; readonly root: Loaded; readonly instead: LibraryGap["instead"] | undefined },
): LibraryGap {
  return {
    kind: "library",
    level: "required",
    file: object.path,
    needs: name,
    ...(root !== object && { program: root.path }),
    ...(instead && { instead }),
  };
}

/** What a file wants of the versions of its libraries. One without any versions is taken as it is, as glibc does. */
function versionGaps(object: Loaded, byName: ReadonlyMap<string, Loaded>): readonly VersionGap[] {
  return object.elf.versionNeeds.flatMap(({ library: needs, versions }) => {
    const library = byName.get(needs);
    if (!library || library.elf.versions.length === 0) return [];
    return versions
      .filter(({ name, weak }) => !weak && !library.elf.versions.includes(name))
      .map(
        ({ name }) =>
          ({
            kind: "version",
            level: "required",
            file: object.path,
            needs,
            version: name,
            library: library.path,
          }) as const,
      );
  });
}

import type { Recipe, RecipePackage } from "../recipe/index.ts";
import { compileGlobs } from "../recipe/index.ts";
import { comparePaths, type Entry, parentPath } from "../tree/index.ts";
import { MERGED, mergedPath } from "./merged-usr.ts";
import type { PackageLayer } from "./package-layer.ts";
import type { Placed } from "./placed.ts";

/** What of a package an image gets. */
export type Policy = Pick<Recipe, "exclude" | "include"> & Pick<RecipePackage, "only">;

/**
 * The files of a package that an image gets, at their places under a merged /usr: what `only` names or, without it,
 * everything; less what `exclude` names, unless `include` names it, too. A directory stays when something in it does, or
 * when the package brings it empty.
 */
export async function shippedFiles(
  { layer }: PackageLayer,
  { only, exclude, include }: Policy,
): Promise<readonly Placed[]> {
  const { entries } = await layer.index();
  const [wanted, left, kept] = [compileGlobs(only ?? ["/**"]), compileGlobs(exclude), compileGlobs(include)];
  const ships = (path: string) => wanted(`/${path}`) && (!left(`/${path}`) || kept(`/${path}`));
  const placed = entries
    .filter(({ path }) => path !== "" && !MERGED.includes(path))
    .map((entry) => ({ original: entry, path: mergedPath(entry.path) }));
  const parents = new Set(placed.map(({ path }) => parentPath(path)));
  const shipped = placed.filter(
    ({ original, path }) => ships(path) && !(original.kind === "dir" && parents.has(path)),
  );
  const above = directoriesAbove(shipped.map(({ path }) => path));
  const directories = placed.filter(({ original, path }) => original.kind === "dir" && above.has(path));
  return withFirstNames([...directories, ...shipped], entries).map(({ original, path, link }) => ({
    entry: { ...withoutPlace(original), path, ...(link !== undefined && { link }) },
    read: () => layer.read(original),
  }));
}

interface Shipped {
  readonly original: Entry;
  readonly path: string;
  readonly link?: string;
}

function directoriesAbove(paths: readonly string[]): ReadonlySet<string> {
  const above = new Set<string>();
  for (const path of paths)
    for (let parent = parentPath(path); parent !== "" && !above.has(parent); parent = parentPath(parent))
      above.add(parent);
  return above;
}

/** Of a file with several names, the first that ships is the file, and the others are its further names. */
function withFirstNames(shipped: readonly Shipped[], entries: readonly Entry[]): readonly Shipped[] {
  const files = new Map(entries.map((entry) => [entry.path, entry]));
  const first = new Map<string, string>();
  return shipped
    .toSorted((a, b) => comparePaths(a.path, b.path))
    .map((one) => {
      const { original, path } = one;
      const name = original.kind === "hardlink" ? (original.link as string) : original.path;
      const known = first.get(name);
      if (known === undefined) {
        first.set(name, path);
        return original.kind === "hardlink" ? { path, original: files.get(name) as Entry } : one;
      }
      const { link: _link, size: _size, ...facts } = original;
      return { path, link: known, original: { ...facts, kind: "hardlink", size: 0 } as Entry };
    });
}

/** Where the bytes are in the package says nothing of where they will be. */
function withoutPlace({ offset: _offset, digest: _digest, ...facts }: Entry): Entry {
  return facts;
}

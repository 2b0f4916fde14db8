import type { Recipe } from "../recipe/index.ts";
import { arrange, type LayerPart, type OpenedPackage } from "./arrange.ts";
import { openedPackage, ROOT, recipeOf, resolved, type Sample } from "./fixtures.ts";

/** What packages are made of, by their names. */
export type Packages = Readonly<Record<string, readonly Sample[]>>;

/** Packages that are unpacked, with the names of those whose files each one may replace. */
export function opened(packages: Packages, replaces: Readonly<Record<string, readonly string[]>> = {}) {
  return Object.entries(packages).map(([name, samples]) =>
    openedPackage(resolved(name, { replaces: replaces[name] ?? [] }), samples),
  );
}

/** The layers of a recipe, of which only what is told differs from one that says nothing. */
export function laidOut(
  packages: Packages | readonly OpenedPackage[],
  recipe: Partial<Recipe> = {},
): Promise<readonly LayerPart[]> {
  const all = Array.isArray(packages) ? (packages as readonly OpenedPackage[]) : opened(packages as Packages);
  return arrange(recipeOf({ ...recipe, packages: [...(recipe.packages ?? [])] }), { packages: all, npm: [] });
}

/** Paths of the parts, but for those of the merged /usr and of the records. */
export function pathsOf(parts: readonly LayerPart[]): readonly (readonly string[])[] {
  return parts
    .slice(1)
    .map(({ placed }) =>
      placed.map(({ entry }) => entry.path).filter((path) => !/^var(\/lib(\/dpkg.*)?)?$/.test(path)),
    );
}

/** A directory of a package. */
export const dir = (path: string, more: Partial<Sample> = {}): Sample => ({ path, kind: "dir", ...more });

/** A symbolic link of a package. */
export const link = (path: string, target: string): Sample => ({
  path,
  kind: "symlink",
  mode: 0o777,
  link: target,
});

/** A file of a package. */
export const file = (path: string, text = "x", more: Partial<Sample> = {}): Sample => ({
  path,
  text,
  ...more,
});

/** A further name of a file of a package. */
export const hard = (path: string, target: string): Sample => ({ path, kind: "hardlink", link: target });

/** A file of the recipe's own. */
export const own = (path: string) => ({ path, ...ROOT, content: "own" });

import type { AnalysedPackage } from "../analysis/index.ts";
import type { ImageProvenance } from "../provenance/index.ts";
import type { PackageReason } from "./types.ts";

/**
 * Why a package is there: the shortest ways to it from packages that a recipe names. In images without a recipe they begin
 * with packages that no other needs; in a circle of needs with the one that is farthest up.
 */
export function packageReason(
  packages: readonly AnalysedPackage[],
  place: number,
  provenance: ImageProvenance | undefined,
): PackageReason | undefined {
  const found = packages[place];
  if (!found) return undefined;
  const recipe = provenance?.layers.find((layer) => layer?.recipe)?.recipe;
  const named = new Set(recipe?.packages);
  const users = usersOf(packages);
  // Of other kinds a recipe has only those that it names; the application may have its own.
  const isRecipes = ({ type, name }: AnalysedPackage) => type === "deb" || named.has(name);
  const isNamed = (at: number) => {
    const item = packages[at] as AnalysedPackage;
    return recipe && isRecipes(item) ? named.has(item.name) : (users.get(at) ?? []).length === 0;
  };
  const chains = shortestChains(place, { users, isNamed });
  const { type, name, version, purl, source } = found;
  return {
    type,
    name,
    version,
    purl,
    ...(source !== undefined && { source }),
    ...(recipe && isRecipes(found) && { recipe: recipe.name }),
    chains: chains.map((chain) => chain.map((at) => packages[at]?.name ?? "")),
  };
}

const MOST = 3;

function usersOf(packages: readonly AnalysedPackage[]): ReadonlyMap<number, readonly number[]> {
  const users = new Map<number, number[]>();
  for (const [at, { dependencies }] of packages.entries())
    for (const other of dependencies)
      if (other !== at) {
        const known = users.get(other);
        if (known) known.push(at);
        else users.set(other, [at]);
      }
  return users;
}

/** Walks up, one level of users after the other, until a level has named packages. */
function shortestChains(
  place: number,
  {
    users,
    isNamed,
  }: {
    readonly users: ReadonlyMap<number, readonly number[]>;
    readonly isNamed: (place: number) => boolean;
  },
): readonly (readonly number[])[] {
  const seen = new Set([place]);
  let last: readonly (readonly number[])[] = [];
  for (let level: readonly (readonly number[])[] = [[place]]; level.length > 0; ) {
    const complete = level.filter(([top = -1]) => isNamed(top));
    if (complete.length > 0) return complete.slice(0, MOST);
    last = level;
    const next: (readonly number[])[] = [];
    for (const chain of level)
      for (const user of users.get(chain[0] ?? -1) ?? [])
        if (!seen.has(user)) {
          seen.add(user);
          next.push([user, ...chain]);
        }
    level = next;
  }
  return last.slice(0, 1);
}

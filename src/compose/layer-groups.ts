import type { ResolvedPackage } from "../debian/index.ts";
import type { LayerGrouping } from "../recipe/index.ts";

/** Packages that share a layer. */
export interface LayerGroup {
  /** Of the source package, or of the package. */
  readonly name: string;
  readonly packages: readonly ResolvedPackage[];
}

/** Layers of packages that an image may have; an image has 127 at most, and its owner wants some. */
const MOST_LAYERS = 60;

/**
 * Which packages share a layer: all, those of one source package (they are updated together), or none. What others
 * depend on comes first, so that images that have the same packages begin with the same layers. Beyond the limit the
 * smallest share one.
 */
export function layerGroups(
  packages: readonly ResolvedPackage[],
  grouping: LayerGrouping,
): readonly LayerGroup[] {
  if (grouping === "single") return [{ name: "packages", packages }];
  const groups = new Map<string, ResolvedPackage[]>();
  for (const info of dependenciesFirst(packages)) {
    const name = grouping === "origin" ? info.source : info.name;
    groups.set(name, [...(groups.get(name) ?? []), info]);
  }
  return withinLimit([...groups].map(([name, members]) => ({ name, packages: members })));
}

/** By name where nothing else decides; a circle is entered where the first of its names is. */
function dependenciesFirst(packages: readonly ResolvedPackage[]): readonly ResolvedPackage[] {
  const byName = new Map(packages.map((info) => [info.name, info]));
  const ordered = new Set<ResolvedPackage>();
  const entered = new Set<ResolvedPackage>();
  function visit(info: ResolvedPackage): void {
    if (entered.has(info)) return;
    entered.add(info);
    for (const name of info.depends) {
      const needed = byName.get(name);
      if (needed) visit(needed);
    }
    ordered.add(info);
  }
  for (const info of packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))) visit(info);
  return [...ordered];
}

function withinLimit(groups: readonly LayerGroup[]): readonly LayerGroup[] {
  if (groups.length <= MOST_LAYERS) return groups;
  const bySize = groups.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const own = new Set(bySize.slice(0, MOST_LAYERS - 1));
  const others = groups.filter((group) => !own.has(group)).flatMap(({ packages }) => packages);
  return [...groups.filter((group) => own.has(group)), { name: "others", packages: others }];
}

function sizeOf({ packages }: LayerGroup): number {
  return packages.reduce((sum, { installedSize }) => sum + installedSize, 0);
}

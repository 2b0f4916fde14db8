import type { ResolvedPackage } from "../debian/index.ts";
import type { LayerGrouping } from "../recipe/index.ts";

/** Layers of packages that an image may have; an image has 127 at most, and its owner wants some. */
const MOST_LAYERS = 60;

/**
 * Which packages share a layer: all, those of one source package (they are updated together), or none. The order is that
 * of the packages. Beyond the limit the smallest share one.
 */
export function layerGroups(
  packages: readonly ResolvedPackage[],
  grouping: LayerGrouping,
): readonly (readonly ResolvedPackage[])[] {
  if (grouping === "single") return packages.length > 0 ? [packages] : [];
  const groups = new Map<string, ResolvedPackage[]>();
  for (const info of packages) {
    const name = grouping === "origin" ? info.source : info.name;
    groups.set(name, [...(groups.get(name) ?? []), info]);
  }
  return withinLimit([...groups.values()]);
}

/**
 * In the order in which dpkg would unpack them: what others depend on comes first, so that images that have the same
 * packages begin with the same layers. By name where nothing else decides; a circle is entered where the first of its
 * names is.
 */
export function dependenciesFirst(packages: readonly ResolvedPackage[]): readonly ResolvedPackage[] {
  const byName = new Map(packages.map((info) => [info.name, info]));
  const ordered = new Set<ResolvedPackage>();
  const entered = new Set<ResolvedPackage>();
  function visit(info: ResolvedPackage): void {
    if (entered.has(info)) return;
    entered.add(info);
    for (const name of info.depends.toSorted()) {
      const needed = byName.get(name);
      if (needed) visit(needed);
    }
    ordered.add(info);
  }
  for (const info of packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))) visit(info);
  return [...ordered];
}

function withinLimit(groups: readonly (readonly ResolvedPackage[])[]): typeof groups {
  if (groups.length <= MOST_LAYERS) return groups;
  const bySize = groups.toSorted((a, b) => sizeOf(b) - sizeOf(a));
  const own = new Set(bySize.slice(0, MOST_LAYERS - 1));
  const others = groups.filter((group) => !own.has(group)).flat();
  return [...groups.filter((group) => own.has(group)), others];
}

function sizeOf(packages: readonly ResolvedPackage[]): number {
  return packages.reduce((sum, { installedSize }) => sum + installedSize, 0);
}

import type { DroppedDependency, Resolution, ResolvedPackage } from "./resolved.ts";

/** Why a package is in a resolution, or why it is not. */
export type Explanation =
  | {
      readonly kind: "chosen";
      readonly package: ResolvedPackage;
      /** Every shortest chain from a named package to this one, both included; at most 100. */
      readonly chains: readonly (readonly string[])[];
    }
  /** Rules left it out, wherever it was needed. */
  | { readonly kind: "dropped"; readonly drops: readonly DroppedDependency[] }
  /** Nothing that was chosen needs it. */
  | { readonly kind: "unneeded" };

/** Explains one package of a resolution, by its name alone: nothing is read or fetched for it. */
export function why(
  { packages, dropped }: Pick<Resolution, "packages" | "dropped">,
  name: string,
): Explanation {
  const found = packages.find((one) => one.name === name);
  if (found) return { kind: "chosen", package: found, chains: shortestChains(packages, name) };
  const drops = dropped.filter((one) => one.name === name);
  return drops.length > 0 ? { kind: "dropped", drops } : { kind: "unneeded" };
}

const MAX_CHAINS = 100;

/** Walks up from the package, one level of needers after the other, until a level has named packages. */
function shortestChains(packages: readonly ResolvedPackage[], name: string): readonly (readonly string[])[] {
  const named = new Set(packages.filter(({ because }) => because.length === 1).map((one) => one.name));
  const seen = new Set([name]);
  let level: readonly (readonly string[])[] = [[name]];
  while (level.length > 0) {
    const complete = level.filter(([top = ""]) => named.has(top));
    if (complete.length > 0) return complete;
    level = level.flatMap((chain) => needers(packages, chain, seen)).slice(0, MAX_CHAINS);
    for (const [top = ""] of level) seen.add(top);
  }
  return [];
}

function needers(
  packages: readonly ResolvedPackage[],
  chain: readonly string[],
  seen: ReadonlySet<string>,
): readonly (readonly string[])[] {
  return packages
    .filter((one) => !seen.has(one.name) && one.depends.includes(chain[0] ?? ""))
    .map((one) => [one.name, ...chain]);
}

import type { LockedTarget } from "../../compose/index.ts";
import type { ResolvedPackage } from "../../debian/index.ts";

/** How one package moved between two locks. */
export interface PackageChange {
  readonly name: string;
  /** The version before; absent: it was not there. */
  readonly from?: string;
  /** The version now; absent: it is gone. */
  readonly to?: string;
  /** By how many bytes it takes more on the disk, as packages say; absent for those of npm. */
  readonly size?: number;
  /** CVE ids that its changelog names as fixed since the version before. */
  readonly cves: readonly string[];
}

/** What is new, and how to get at the packages that it names. */
export interface Newer {
  readonly locked: LockedTarget;
  readonly fetch: (info: ResolvedPackage) => Promise<Buffer>;
  /** Grows: what was read of a package for one architecture holds for the others. */
  readonly known: Map<string, readonly string[]>;
}

/** What is different between a locked target and a newer one, by name. Of packages that moved the new ones are fetched. */
export async function changesBetween(before: LockedTarget, newer: Newer): Promise<readonly PackageChange[]> {
  const changes: PackageChange[] = [];
  for (const [earlier, now] of pairs(before.packages, newer.locked.packages)) {
    if (earlier?.sha256 === now?.sha256) continue;
    const size = (now?.installedSize ?? 0) - (earlier?.installedSize ?? 0);
    const cves = earlier && now ? await cvesOf(earlier, now, newer) : [];
    changes.push({ ...movement(earlier, now), size, cves });
  }
  for (const [earlier, now] of pairs(before.npm, newer.locked.npm))
    if (earlier?.integrity !== now?.integrity) changes.push({ ...movement(earlier, now), cves: [] });
  return changes;
}

interface Versioned {
  readonly name: string;
  readonly version: string;
}

/** Those of the same name side by side, in the order of names. */
function pairs<T extends Versioned>(
  before: readonly T[],
  after: readonly T[],
): readonly (readonly [T | undefined, T | undefined])[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))].sort();
  const find = (list: readonly T[], name: string) => list.find((one) => one.name === name);
  return names.map((name) => [find(before, name), find(after, name)]);
}

function movement(earlier: Versioned | undefined, now: Versioned | undefined) {
  return {
    name: (now ?? earlier)?.name ?? "",
    ...(earlier && { from: earlier.version }),
    ...(now && { to: now.version }),
  };
}

async function cvesOf(
  earlier: ResolvedPackage,
  now: ResolvedPackage,
  { locked, fetch, known }: Newer,
): Promise<readonly string[]> {
  const move = [now.name, earlier.sourceVersion, now.sourceVersion].join(" ");
  const { cvesFixed } = await import("../../debian/index.ts");
  const found = known.get(move);
  if (found) return found;
  const cves = await cvesFixed(await fetch(now), {
    name: now.name,
    since: earlier.sourceVersion,
    open: async (name) => {
      const other = locked.packages.find((one) => one.name === name);
      return other && fetch(other);
    },
  });
  known.set(move, cves);
  return cves;
}

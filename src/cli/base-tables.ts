import type { BaseUpdate, PackageChange, ResolvedBase } from "../api/index.ts";
import { alignColumns } from "./template.ts";
import { humanSize, signedSize } from "./units.ts";

type Targets = ResolvedBase["targets"];

/** How much each target is: packages, bytes to fetch, bytes on the disk. Of npm's packages only the number is known. */
export function resolvedTable(targets: Targets): string {
  const rows = targets.map(({ recipe, platform, locked: { packages, npm } }) => [
    recipe,
    platform,
    String(packages.length + npm.length),
    humanSize(sum(packages.map(({ size }) => size))),
    humanSize(sum(packages.map(({ installedSize }) => installedSize))),
  ]);
  return table([["RECIPE", "PLATFORM", "PACKAGES", "DOWNLOAD", "INSTALLED"], ...rows]);
}

/** What rules left out; "" when that is nothing. */
export function droppedTable(targets: Targets): string {
  const rows = targets.flatMap(({ recipe, platform, locked: { dropped } }) =>
    dropped.map(({ name, by, rule, reason }) => [recipe, platform, name, by, rule, reason]),
  );
  if (rows.length === 0) return "";
  return `\n${table([["RECIPE", "PLATFORM", "LEFT OUT", "WANTED BY", "RULE", "REASON"], ...rows])}\n`;
}

/** What moved, for each target where something did. */
export function updateTables({ targets }: Pick<BaseUpdate, "targets">): string {
  return targets
    .filter(({ changes }) => changes.length > 0)
    .map(({ recipe, platform, changes }) => {
      const rows = [["PACKAGE", "FROM", "TO", "SIZE", "CVES"], ...changes.flatMap(changeRows)];
      return `${recipe} ${platform}\n${table(rows)}\n`;
    })
    .join("");
}

/** Ids in one line; of a package that fixes more, the others stand below them. */
const CVES_A_LINE = 4;

function changeRows({
  name,
  from = "-",
  to = "-",
  size,
  cves,
}: PackageChange): readonly (readonly string[])[] {
  const groups = Array.from({ length: Math.ceil(cves.length / CVES_A_LINE) }, (_, at) =>
    cves.slice(at * CVES_A_LINE, (at + 1) * CVES_A_LINE).join(", "),
  );
  const [first = "", ...others] = groups.map((group, at) => (at < groups.length - 1 ? `${group},` : group));
  return [
    [name, from, to, size === undefined ? "" : signedSize(size), first],
    ...others.map((more) => ["", "", "", "", more]),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function table(rows: readonly (readonly string[])[]): string {
  return `${alignColumns(rows.map((row) => row.join("\t"))).join("\n")}\n`;
}

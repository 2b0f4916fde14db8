import { TareError } from "../base/index.ts";
import type { Catalogue } from "./catalogue.ts";
import type { DropRules } from "./dependency-rules.ts";
import { oddField } from "./package-form.ts";
import type { PackageIndex, PackageInfo } from "./package-index.ts";
import { formatClause } from "./relation.ts";
import type { DroppedDependency, Resolution, ResolvedPackage } from "./resolved.ts";
import { type Choice, isSatisfied } from "./search.ts";
import { sourceName } from "./shellless.ts";
import { compareVersions } from "./version.ts";

type Choices = ReadonlyMap<string, Choice>;

interface Known {
  readonly index: PackageIndex;
  readonly catalogue: Catalogue;
  readonly rules: DropRules;
}

/** Says of each chosen package what it is and why it is there, and of each dropped dependency which rule it was. */
export function describeChoices(chosen: Choices, known: Known): Pick<Resolution, "packages" | "dropped"> {
  const infos = [...chosen.values()].map(({ info }) => info).sort((a, b) => order(a.name, b.name));
  const edges = new Map(infos.map((info) => [info.name, dependsOf(info, chosen, known.catalogue)]));
  const named = infos.filter(({ name }) => chosen.get(name)?.by === undefined).map(({ name }) => name);
  const chains = shortestChains(named, edges);
  return {
    packages: infos.map((info) => ({
      ...factsOf(info),
      depends: edges.get(info.name) ?? [],
      replaces: infos.filter((other) => known.catalogue.replaces(info, other)).map(({ name }) => name),
      because: chains.get(info.name) ?? [info.name],
      ...newerThan(info, known.index),
    })),
    dropped: infos.flatMap((info) => droppedBy(info, chosen, known)),
  };
}

type Facts = Omit<ResolvedPackage, "depends" | "replaces" | "because" | "newer">;

function factsOf(info: PackageInfo): Facts {
  const { name, version, architecture, repository, path, size, sha256, fields } = info;
  const [, sourceVersion = version] = /\(([^)]+)\)/.exec(fields.get("Source") ?? "") ?? [];
  return checked({
    name,
    version,
    architecture,
    source: sourceName(info),
    sourceVersion,
    section: fields.get("Section") ?? "",
    installedSize: (Number(fields.get("Installed-Size")) || 0) * 1024,
    repository,
    path,
    size,
    sha256,
  });
}

/** Signed or not, a list may not bring a name that leads a path elsewhere. */
function checked(facts: Facts): Facts {
  const odd = oddField(facts);
  if (odd === undefined) return facts;
  throw new TareError(
    "integrity-archive",
    `the list of packages of ${facts.repository} has an odd ${odd}: ${JSON.stringify(facts[odd])}`,
    { hint: "it has to be as Debian Policy has it; tell those who run the repository" },
  );
}

function newerThan({ name, version }: PackageInfo, index: PackageIndex): { readonly newer?: string } {
  const first = index.find(name);
  return first && compareVersions(first.version, version) > 0 ? { newer: first.version } : {};
}

/** What each clause came to: the best option that is there, or the chosen package of an odd version that fits. */
function dependsOf(info: PackageInfo, chosen: Choices, catalogue: Catalogue): readonly string[] {
  const names = catalogue.needs(info).flatMap((clause) => {
    const best = catalogue.options(clause).find((option) => chosen.get(option.name)?.info === option);
    return best && best !== info ? [best.name] : [];
  });
  return [...new Set(names)].sort(order);
}

function droppedBy(
  info: PackageInfo,
  chosen: Choices,
  { catalogue, rules }: Known,
): readonly DroppedDependency[] {
  const found = new Map<string, DroppedDependency>();
  for (const clause of catalogue.needs(info)) {
    if (isSatisfied(chosen, clause, catalogue)) continue;
    const option = catalogue.options(clause).find((one) => rules({ clause, by: info, option: one }));
    const reason = rules({ clause, by: info, option });
    const name = option?.name ?? clause[0]?.name ?? "";
    if (reason) found.set(name, { name, by: info.name, relation: formatClause(clause), ...reason });
  }
  return [...found.values()].sort((a, b) => order(a.name, b.name));
}

/** Breadth first from the named packages, which stand in alphabetical order. */
function shortestChains(
  named: readonly string[],
  edges: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, readonly string[]> {
  const chains = new Map<string, readonly string[]>(named.map((name) => [name, [name]]));
  for (const [name, chain] of chains)
    for (const next of edges.get(name) ?? []) if (!chains.has(next)) chains.set(next, [...chain, next]);
  return chains;
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

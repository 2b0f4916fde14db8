import type { PackageIndex, PackageInfo } from "./package-index.ts";
import { accepts, type Clause, parseRelations, type Relation } from "./relation.ts";
import { compareVersions } from "./version.ts";

/** What packages say of each other, read for one architecture. */
export interface Catalogue {
  /** Pre-Depends, then Depends. */
  needs(info: PackageInfo): readonly Clause[];
  /** What would do for a clause, best first: in the order of its alternatives, real packages before providers. */
  options(clause: Clause): readonly PackageInfo[];
  /** Whether a package does for a clause, by its name or by what it provides. */
  fits(info: PackageInfo, clause: Clause): boolean;
  /** Whether two packages can not be installed together: Conflicts or Breaks of either, or one name. */
  excludes(a: PackageInfo, b: PackageInfo): boolean;
  /** Whether a package may overwrite files of another (Replaces). */
  replaces(a: PackageInfo, b: PackageInfo): boolean;
}

export interface CatalogueOptions {
  readonly architecture: string;
  /**
   * Whether versions older than the one that apt would take are options too. Without a pin they never are: an
   * older version may be one with a hole that the newer one closed.
   */
  readonly older: boolean;
}

export function openCatalogue(index: PackageIndex, { architecture, older }: CatalogueOptions): Catalogue {
  const read = reader(architecture);
  const matches = (info: PackageInfo, relation: Relation) =>
    matchesName(info, relation, architecture) || provides(read(info, "Provides"), relation);
  const isOption = (info: PackageInfo) => older || !isOlder(info, index.find(info.name));
  const real = (relation: Relation) => {
    const all = index.versions(relation.name).filter((info) => matchesName(info, relation, architecture));
    return all.filter(isOption);
  };
  const virtual = (relation: Relation) =>
    index
      .providers(relation.name)
      .filter((info) => provides(read(info, "Provides"), relation) && isOption(info))
      .sort((a, b) => priority(a) - priority(b) || byName(a, b) || compareVersions(b.version, a.version));
  const options = new Map<Clause, readonly PackageInfo[]>();
  const refuses = (a: PackageInfo, b: PackageInfo) =>
    ["Conflicts", "Breaks"].some((field) => read(a, field).some(([one]) => one && matches(b, one)));
  return {
    needs: (info) => [...read(info, "Pre-Depends"), ...read(info, "Depends")],
    options(clause) {
      const known = options.get(clause) ?? [
        ...new Set(clause.flatMap((relation) => [...real(relation), ...virtual(relation)])),
      ];
      options.set(clause, known);
      return known;
    },
    fits: (info, clause) => clause.some((relation) => matches(info, relation)),
    excludes: (a, b) => a !== b && (a.name === b.name || refuses(a, b) || refuses(b, a)),
    replaces: (a, b) => a !== b && read(a, "Replaces").some(([one]) => one && matches(b, one)),
  };
}

/** Reads fields of relations, each once. */
function reader(architecture: string): (info: PackageInfo, field: string) => readonly Clause[] {
  const known = new Map<PackageInfo, Map<string, readonly Clause[]>>();
  return (info, field) => {
    const fields = known.get(info) ?? new Map<string, readonly Clause[]>();
    known.set(info, fields);
    const clauses = fields.get(field) ?? parseRelations(info.fields.get(field), architecture);
    fields.set(field, clauses);
    return clauses;
  };
}

function matchesName(info: PackageInfo, relation: Relation, architecture: string): boolean {
  return (
    info.name === relation.name &&
    accepts(relation, info.version) &&
    isOfArchitecture(info, relation, architecture)
  );
}

/**
 * Qualifiers (Debian policy 7.1 and the multi-arch specification): `:any` wants a package that allows it, even
 * of the same architecture; packages for `all` count as native.
 */
function isOfArchitecture(info: PackageInfo, { qualifier }: Relation, architecture: string): boolean {
  if (qualifier === undefined || qualifier === "native") return true;
  if (qualifier !== "any") return qualifier === architecture;
  return info.fields.get("Multi-Arch") === "allowed";
}

/** A versioned relation is only satisfied by a versioned Provides (Debian policy 7.5). */
function provides(provided: readonly Clause[], relation: Relation): boolean {
  return provided.some(([item]) => {
    if (item?.name !== relation.name) return false;
    return relation.operator === undefined || (item.version !== undefined && accepts(relation, item.version));
  });
}

function isOlder(info: PackageInfo, first: PackageInfo | undefined): boolean {
  return first !== undefined && info !== first && compareVersions(info.version, first.version) < 0;
}

const PRIORITIES = ["required", "important", "standard", "optional", "extra"];

function priority(info: PackageInfo): number {
  const at = PRIORITIES.indexOf(info.fields.get("Priority") ?? "");
  return at < 0 ? PRIORITIES.length : at;
}

function byName(a: PackageInfo, b: PackageInfo): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

import { TareError } from "../base/index.ts";
import type { PackageIndex, PackageInfo } from "./package-index.ts";
import { accepts, type Clause, formatRelation, parseRelations, type Relation } from "./relation.ts";

/**
 * The packages that have to be installed for `wanted` and everything that those depend on, without
 * recommendations, as apt chooses: the first alternative that exists, real packages before virtual ones, what
 * is already chosen before anything new. `resolve-package` with the chain that leads to a gap, or with a
 * conflict between two chosen ones.
 */
export function resolvePackages(index: PackageIndex, wanted: readonly string[]): readonly PackageInfo[] {
  const chosen = new Map<string, PackageInfo>();
  const reasons = new Map<string, string>();
  const waiting: { readonly clause: Clause; readonly by: string }[] = [];

  function add(info: PackageInfo, by: string): void {
    if (chosen.has(info.name)) return;
    chosen.set(info.name, info);
    reasons.set(info.name, by);
    for (const name of ["Pre-Depends", "Depends"])
      for (const clause of parseRelations(info.fields.get(name))) waiting.push({ clause, by: info.name });
  }

  for (const name of wanted) add(index.find(name) ?? missing([{ name }], []), "");
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    if (next.clause.some((relation) => isSatisfied(relation, chosen))) continue;
    add(choose(index, next.clause) ?? missing(next.clause, chain(reasons, next.by)), next.by);
  }
  refuseConflicts([...chosen.values()]);
  return [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function isSatisfied(relation: Relation, chosen: ReadonlyMap<string, PackageInfo>): boolean {
  const real = chosen.get(relation.name);
  if (real && accepts(relation, real.version)) return true;
  return [...chosen.values()].some((info) => provides(info, relation));
}

/** A versioned relation is only satisfied by a versioned Provides (Debian policy 7.5). */
function provides(info: PackageInfo, relation: Relation): boolean {
  return parseRelations(info.fields.get("Provides")).some(([item]) => {
    if (item?.name !== relation.name) return false;
    return relation.operator === undefined || (item.version !== undefined && accepts(relation, item.version));
  });
}

const PRIORITIES = ["required", "important", "standard", "optional", "extra"];

function choose(index: PackageIndex, clause: Clause): PackageInfo | undefined {
  for (const relation of clause) {
    const real = index.find(relation.name);
    if (real && accepts(relation, real.version)) return real;
    const [best] = index
      .providers(relation.name)
      .filter((info) => provides(info, relation))
      .toSorted((a, b) => priority(a) - priority(b) || (a.name < b.name ? -1 : 1));
    if (best) return best;
  }
  return undefined;
}

function priority(info: PackageInfo): number {
  const at = PRIORITIES.indexOf(info.fields.get("Priority") ?? "");
  return at < 0 ? PRIORITIES.length : at;
}

function chain(reasons: ReadonlyMap<string, string>, from: string): readonly string[] {
  const names: string[] = [];
  for (let name: string | undefined = from; name; name = reasons.get(name)) names.push(name);
  return names;
}

function missing(clause: Clause, needs: readonly string[]): never {
  const what = clause.map(formatRelation).join(" | ");
  const why = needs.length > 0 ? `, which ${needs.join(", needed by ")} needs` : "";
  throw new TareError("resolve-package", `no package satisfies ${what}${why}`, {
    hint: "check the name and the suite; a mirror may be in the middle of an update",
  });
}

/** Debian policy 7.3, 7.4: a package never conflicts with itself, not even by what it provides. */
function refuseConflicts(chosen: readonly PackageInfo[]): void {
  for (const info of chosen)
    for (const name of ["Conflicts", "Breaks"])
      for (const [relation] of parseRelations(info.fields.get(name))) {
        const other = chosen.find(
          (candidate) => candidate !== info && relation && conflicts(candidate, relation),
        );
        if (other)
          throw new TareError(
            "resolve-package",
            `${info.name} ${info.version} conflicts with ${other.name} ${other.version}`,
            {
              hint: "the suites of the mirror do not fit each other; try again later, or another --debian-mirror",
            },
          );
      }
}

function conflicts(info: PackageInfo, relation: Relation): boolean {
  return (info.name === relation.name && accepts(relation, info.version)) || provides(info, relation);
}

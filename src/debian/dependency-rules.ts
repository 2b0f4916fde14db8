import type { PackageIndex, PackageInfo } from "./package-index.ts";
import type { Clause } from "./relation.ts";
import type { DependencyRules } from "./resolved.ts";
import { shelllessRule } from "./shellless.ts";

/** Why a dependency is left out. */
export interface DropReason {
  readonly rule: string;
  readonly reason: string;
}

/** A clause of a package, and the package that it comes to; undefined when none satisfies it. */
export interface Dependency {
  readonly clause: Clause;
  readonly by: PackageInfo;
  readonly option: PackageInfo | undefined;
}

/** Tells why a dependency is left out; undefined if it is not. */
export type DropRules = (dependency: Dependency) => DropReason | undefined;

/** The rules of a request, ready to be asked. `named` are the packages that it names. */
export function dropRules(
  { dependencies, without = [], shellless = false }: DependencyRules,
  context: { readonly index: PackageIndex; readonly named: ReadonlySet<string> },
): DropRules {
  const globs = without.map((glob) => ({ glob, pattern: globPattern(glob) }));
  return ({ clause, by, option }) => {
    if (dependencies === "none")
      return { rule: "dependencies none", reason: "the recipe takes exactly the packages that it names" };
    const names = option ? [option.name] : clause.map(({ name }) => name);
    const left = globs.find(({ pattern }) => names.some((name) => pattern.test(name)));
    if (left) return { rule: `without ${left.glob}`, reason: "the recipe leaves it out" };
    const row = option && shellless ? shelllessRule({ info: option, by }, context) : undefined;
    return row?.verdict === "drop" ? { rule: `shellless ${row.name}`, reason: row.reason } : undefined;
  };
}

/** `*` is any characters, `?` is one, and nothing else is special. */
function globPattern(glob: string): RegExp {
  const escaped = glob.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/\*+/g, ".*").replaceAll("?", ".")}$`);
}

import { TareError } from "../base/index.ts";
import { suggest } from "../text/index.ts";
import { type Catalogue, openCatalogue } from "./catalogue.ts";
import { type Dependency, dropRules } from "./dependency-rules.ts";
import { describeChoices } from "./describe-choices.ts";
import type { PackageIndex } from "./package-index.ts";
import { type Clause, formatClause, parseWanted } from "./relation.ts";
import type { Resolution, ResolveRequest } from "./resolved.ts";
import { search } from "./search.ts";

/** What was chosen and what was left out. */
export type Choices = Pick<Resolution, "packages" | "dropped">;

/**
 * The packages that have to be installed for the named ones and everything that those depend on, without
 * recommendations, as apt chooses: the version of the highest priority, then the newest; the first alternative
 * that exists, real packages before virtual ones, what is already chosen before anything new. Other than apt, it
 * looks at dependencies that leave no choice first, which saves alternatives that something else brings anyway,
 * and where packages exclude each other it tries the next alternative. `resolve-package` with the chain that leads to a gap or to
 * a conflict, `user-bad-recipe` for a name that is none.
 */
export function resolvePackages(index: PackageIndex, request: Omit<ResolveRequest, "sources">): Choices {
  const base = request.base ? index.base().map(({ name }) => name) : [];
  const wanted = [...base, ...request.packages].map(parseWanted);
  const catalogue = openCatalogue(index, {
    architecture: request.architecture,
    older: wanted.some(({ operator }) => operator !== undefined && PINS.has(operator)),
  });
  const clauses = sorted(
    wanted.map((relation) => [relation]),
    catalogue,
  );
  const rules = dropRules(request, { index, named: new Set(wanted.map(({ name }) => name)) });
  const follow = request.dependencies === "follow";
  const isDropped = (dependency: Dependency) => rules(dependency) !== undefined;
  try {
    const chosen = search({ catalogue, wanted: clauses, follow, isDropped });
    return describeChoices(chosen, { index, catalogue, rules });
  } catch (error) {
    throw withSuggestion(error, index);
  }
}

/** A name that nothing has is one that was meant to be another. */
function withSuggestion(error: unknown, index: PackageIndex): unknown {
  if (!(error instanceof TareError) || error.facts.subject === undefined) return error;
  const name = error.facts.subject;
  if (index.find(name) || index.providers(name).length > 0) return error;
  const near = suggest(name, index.names());
  const { code, message, facts } = error;
  return near === undefined
    ? error
    : new TareError(code, message, { ...facts, hint: `did you mean ${near}?` });
}

/** Operators by which a recipe asks for a version that may be an old one. */
const PINS: ReadonlySet<string> = new Set(["=", "<<", "<="]);

/** So that the order of a recipe's lines changes nothing; names that leave a choice come last. */
function sorted(clauses: readonly Clause[], { options }: Catalogue): readonly Clause[] {
  const choice = (clause: Clause) => Number(options(clause).length > 1);
  return clauses.toSorted((a, b) => choice(a) - choice(b) || (formatClause(a) < formatClause(b) ? -1 : 1));
}

import { satisfies } from "./version.ts";

/** One alternative of a dependency: a package, perhaps in a certain range of versions. */
export interface Relation {
  readonly name: string;
  readonly operator?: string;
  readonly version?: string;
}

/** A dependency: any of the alternatives will do, the first is preferred. */
export type Clause = readonly Relation[];

/** Reads a field such as Depends (Debian policy 7.1): clauses joined by commas, alternatives by bars. */
export function parseRelations(field: string | undefined): readonly Clause[] {
  if (!field) return [];
  return field
    .split(",")
    .map((clause) =>
      clause
        .split("|")
        .map(parseRelation)
        .filter((relation) => relation !== undefined),
    )
    .filter((clause) => clause.length > 0);
}

/** Whether a version of the named package satisfies a relation. */
export function accepts({ operator, version }: Relation, candidate: string): boolean {
  return operator === undefined || version === undefined || satisfies(candidate, operator, version);
}

export function formatRelation({ name, operator, version }: Relation): string {
  return operator === undefined ? name : `${name} (${operator} ${version})`;
}

/** `libc6:any (>= 2.36) [amd64] <!nocheck>`: qualifiers and restrictions do not matter for one architecture. */
function parseRelation(text: string): Relation | undefined {
  const match =
    /^\s*([a-z0-9][a-z0-9+.-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?/.exec(text);
  if (!match) return undefined;
  const [, name = "", operator, version] = match;
  if (operator === undefined || version === undefined) return { name };
  return { name, operator: OLD_OPERATORS[operator] ?? operator, version };
}

const OLD_OPERATORS: Readonly<Record<string, string>> = { "<": "<=", ">": ">=" };

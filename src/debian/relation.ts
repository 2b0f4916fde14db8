import { TareError } from "../base/index.ts";
import { satisfies } from "./version.ts";

/** One alternative of a dependency: a package, perhaps in a certain range of versions. */
export interface Relation {
  readonly name: string;
  /** What stands after a colon: `any`, `native` or an architecture. */
  readonly qualifier?: string;
  readonly operator?: string;
  readonly version?: string;
}

/** A dependency: any of the alternatives will do, the first is preferred. */
export type Clause = readonly Relation[];

/**
 * Reads a field such as Depends (Debian policy 7.1): clauses joined by commas, alternatives by bars. What is
 * restricted to other architectures, or to build profiles that nobody asked for, is left out.
 */
export function parseRelations(field: string | undefined, architecture = "any"): readonly Clause[] {
  if (!field) return [];
  return field
    .split(",")
    .map((clause) =>
      clause
        .split("|")
        .filter((text) => isMeant(text, architecture))
        .map(parseRelation)
        .filter((relation) => relation !== undefined),
    )
    .filter((clause) => clause.length > 0);
}

/** One relation of a recipe, also as apt's command line has it: `libc6=2.36-9`. `user-bad-recipe` if it is none. */
export function parseWanted(text: string): Relation {
  const apt = /^([^\s=(]+)=(\S+)$/.exec(text.trim());
  const written = apt ? `${apt[1]} (= ${apt[2]})` : text;
  const match = RELATION.exec(written);
  const relation = match?.[0].length === written.trimEnd().length ? parseRelation(written) : undefined;
  if (relation) return relation;
  throw new TareError("user-bad-recipe", `${JSON.stringify(text)} names no package`, {
    hint: "write libc6, libc6 (>= 2.36) or libc6=2.36-9+deb12u10",
  });
}

/** Whether a version of the named package satisfies a relation. */
export function accepts({ operator, version }: Relation, candidate: string): boolean {
  return operator === undefined || version === undefined || satisfies(candidate, operator, version);
}

export function formatRelation({ name, qualifier, operator, version }: Relation): string {
  const full = qualifier === undefined ? name : `${name}:${qualifier}`;
  return operator === undefined ? full : `${full} (${operator} ${version})`;
}

export function formatClause(clause: Clause): string {
  return clause.map(formatRelation).join(" | ");
}

const RELATION =
  /^\s*([a-z0-9][a-z0-9+.-]*)(?::([a-z0-9-]+))?\s*(?:\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s)]+)\s*\))?/;

function parseRelation(text: string): Relation | undefined {
  const match = RELATION.exec(text);
  if (!match) return undefined;
  const [, name = "", qualifier, operator, version] = match;
  const named = qualifier === undefined ? { name } : { name, qualifier };
  if (operator === undefined || version === undefined) return named;
  return { ...named, operator: OLD_OPERATORS[operator] ?? operator, version };
}

const OLD_OPERATORS: Readonly<Record<string, string>> = { "<": "<=", ">": ">=" };

/** Restrictions after a relation (Debian policy 7.1): `[amd64 !i386]`, `<!nocheck>`; no profile is in force. */
function isMeant(text: string, architecture: string): boolean {
  const inBrackets = /\[([^\]]*)\]/.exec(text)?.[1];
  if (inBrackets !== undefined && !isListed(inBrackets, architecture)) return false;
  const profiles = [...text.matchAll(/<([^<>=]*)>/g)].map(([, list = ""]) => list.trim().split(/\s+/));
  return profiles.length === 0 || profiles.some((list) => list.every((item) => item.startsWith("!")));
}

function isListed(list: string, architecture: string): boolean {
  if (architecture === "any") return true;
  const items = list.trim().split(/\s+/);
  const negative = items.every((item) => item.startsWith("!"));
  return negative !== items.some((item) => isArchitecture(item.replace("!", ""), architecture));
}

/** Wildcards too: `any`, `linux-any`, `any-arm64` (Debian policy 11.1). */
function isArchitecture(pattern: string, architecture: string): boolean {
  return [architecture, "any", "linux-any", `any-${architecture}`, `linux-${architecture}`].includes(pattern);
}

import { hexOf, sha256 } from "../base/index.ts";
import { licenseId } from "./license-names.ts";
import type { ExtractedLicense, PackageLicenses } from "./types.ts";

/** A licence under the name that the package gives it, or several of them. */
export type LicenseTerm =
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "and" | "or"; readonly terms: readonly LicenseTerm[] };

/**
 * An expression of a package manager as one of SPDX. Names that stand for no licence of SPDX's list become
 * `LicenseRef-`s with the text that `textOf` gives. Undefined when it says nothing.
 */
export function readExpression(
  text: string,
  textOf: (name: string) => string | undefined = () => undefined,
): PackageLicenses | undefined {
  const term = parseTerm(text);
  return term && licensesOfTerm(term, textOf);
}

/**
 * Reads names joined by `and` and `or`, in any case, with parentheses. `and` binds closer, and less close than
 * anything after a comma (Debian copyright format 1.0, "License syntax"). What can not be read is one name.
 */
export function parseTerm(text: string): LicenseTerm | undefined {
  const whole = text.replace(/\s+/g, " ").trim();
  if (whole === "") return undefined;
  if (whole.length > MAX_LENGTH) return { kind: "name", name: `${whole.slice(0, 80)}…` };
  const tokens = whole.match(/[(),]|[^\s(),]+/g) ?? [];
  const cursor = { tokens, at: 0 };
  const term = parseClauses(cursor);
  return term && cursor.at === tokens.length ? term : { kind: "name", name: whole };
}

/** All of the terms at once: flat, each once, sorted. */
export function allOf(terms: readonly LicenseTerm[]): LicenseTerm | undefined {
  const flat = terms.flatMap((term) => (term.kind === "and" ? term.terms : [term]));
  const distinct = new Map(flat.map((term) => [JSON.stringify(term), term]));
  const sorted = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, term]) => term);
  return join("and", sorted);
}

/** The term in the words of SPDX. */
export function licensesOfTerm(
  term: LicenseTerm,
  textOf: (name: string) => string | undefined,
): PackageLicenses {
  const extracted = new Map<string, ExtractedLicense>();
  const idOf = (name: string): string => {
    const known = licenseId(name);
    if (known !== undefined) return known;
    const license = extractedLicense(name, textOf(name));
    extracted.set(license.id, license);
    return license.id;
  };
  const expression = print(term, idOf);
  return { expression, extracted: [...extracted.values()].sort((a, b) => (a.id < b.id ? -1 : 1)) };
}

/** Longer ones are prose, and a limit on depth. */
const MAX_LENGTH = 1000;

interface Cursor {
  readonly tokens: readonly string[];
  at: number;
}

function parseClauses(cursor: Cursor): LicenseTerm | undefined {
  let left = parseOr(cursor);
  while (left && cursor.tokens[cursor.at] === ",") {
    cursor.at++;
    const kind = operatorAt(cursor) ?? "and";
    if (operatorAt(cursor)) cursor.at++;
    const right = parseOr(cursor);
    left = right && join(kind, [left, right]);
  }
  return left;
}

function parseOr(cursor: Cursor): LicenseTerm | undefined {
  return parseJoined(cursor, { kind: "or", next: parseAnd });
}

function parseAnd(cursor: Cursor): LicenseTerm | undefined {
  return parseJoined(cursor, { kind: "and", next: parsePrimary });
}

function parseJoined(
  cursor: Cursor,
  { kind, next }: { readonly kind: "and" | "or"; readonly next: (cursor: Cursor) => LicenseTerm | undefined },
): LicenseTerm | undefined {
  const terms: LicenseTerm[] = [];
  for (;;) {
    const term = next(cursor);
    if (!term) return undefined;
    terms.push(term);
    if (operatorAt(cursor) !== kind) return join(kind, terms);
    cursor.at++;
  }
}

function parsePrimary(cursor: Cursor): LicenseTerm | undefined {
  if (cursor.tokens[cursor.at] === "(") {
    cursor.at++;
    const inner = parseClauses(cursor);
    if (cursor.tokens[cursor.at] !== ")") return undefined;
    cursor.at++;
    return inner;
  }
  const words: string[] = [];
  while (isWord(cursor)) words.push(cursor.tokens[cursor.at++] as string);
  return words.length > 0 ? { kind: "name", name: words.join(" ") } : undefined;
}

function isWord(cursor: Cursor): boolean {
  const token = cursor.tokens[cursor.at];
  return token !== undefined && !/^[(),]$/.test(token) && !operatorAt(cursor);
}

function operatorAt({ tokens, at }: Cursor): "and" | "or" | undefined {
  const word = tokens[at]?.toLowerCase();
  return word === "and" || word === "or" ? word : undefined;
}

function join(kind: "and" | "or", terms: readonly LicenseTerm[]): LicenseTerm | undefined {
  if (terms.length < 2) return terms[0];
  return { kind, terms: terms.flatMap((term) => (term.kind === kind ? term.terms : [term])) };
}

/** Two names of one licence are one licence. */
function print(term: LicenseTerm, idOf: (name: string) => string): string {
  if (term.kind === "name") return idOf(term.name);
  const parts = new Set(
    term.terms.map((inner) => {
      const text = print(inner, idOf);
      return term.kind === "and" && inner.kind === "or" && text.includes(" OR ") ? `(${text})` : text;
    }),
  );
  return [...parts].join(term.kind === "and" ? " AND " : " OR ");
}

function extractedLicense(name: string, text: string | undefined): ExtractedLicense {
  const content = text || `The package names the license "${name}" and has no text of it here.`;
  const readable = name.replace(/[^A-Za-z0-9.]+/g, "-").replace(/^-|-$/g, "");
  const distinct = hexOf(sha256(`${name}\n${content}`)).slice(0, 8);
  return {
    id: ["LicenseRef", readable.slice(0, 60), distinct].filter(Boolean).join("-"),
    name,
    text: content,
  };
}

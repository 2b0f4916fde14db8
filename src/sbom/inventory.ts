import { sha256 } from "../base/index.ts";
import type { SbomPackage } from "./types.ts";

/** A package with its place in a document. */
export interface InventoryItem {
  /** Unique in the document: the package URL, with the location where that is not enough. */
  readonly ref: string;
  readonly package: SbomPackage;
  /** Refs, sorted. */
  readonly dependsOn: readonly string[];
}

/** The packages sorted, each once, with what they depend on among each other. */
export function inventoryOf(packages: readonly SbomPackage[]): readonly InventoryItem[] {
  const distinct = withoutRepeats(packages);
  const shared = repeated(distinct.map(({ purl }) => purl));
  const named = distinct.map((item) => ({
    ref: shared.has(item.purl) ? `${item.purl}#${item.location ?? ""}` : item.purl,
    package: item,
  }));
  const find = finder(named);
  return named.map(({ ref, package: item }) => {
    const found = (item.dependencies ?? []).flatMap((name) => find(item, name));
    return { ref, package: item, dependsOn: sortedTexts(found.filter((other) => other !== ref)) };
  });
}

/** A name for the content of a value: a UUID (RFC 9562, version 8) made from its SHA-256. */
export function contentUuid(value: unknown): string {
  const hex = sha256(canonicalJson(value)).slice("sha256:".length);
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

/** The texts sorted by code unit, each once. */
export function sortedTexts(texts: Iterable<string>): readonly string[] {
  return [...new Set(texts)].sort();
}

function withoutRepeats(packages: readonly SbomPackage[]): readonly SbomPackage[] {
  const keyed = packages.map((item) => ({ item, text: canonicalJson(item) }));
  keyed.sort(
    (a, b) =>
      compare(a.item.purl, b.item.purl) ||
      compare(a.item.location ?? "", b.item.location ?? "") ||
      compare(a.text, b.text),
  );
  return keyed
    .map(({ item }) => item)
    .filter((item, at, all) => {
      const before = all[at - 1];
      return before?.purl !== item.purl || before.location !== item.location;
    });
}

function repeated(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.filter((text, at) => text === texts[at - 1]));
}

type Named = Omit<InventoryItem, "dependsOn">;

/** Looks a dependency up: by package URL, by name among packages of the same type, by what they provide. */
function finder(items: readonly Named[]): (from: SbomPackage, name: string) => readonly string[] {
  const refs = new Map<string, string[]>();
  const add = (key: string, ref: string) => refs.set(key, [...(refs.get(key) ?? []), ref]);
  for (const { ref, package: item } of items) {
    add(item.purl, ref);
    add(`${item.type} ${item.name}`, ref);
  }
  for (const { ref, package: item } of items)
    for (const name of item.provides ?? []) add(`${item.type} provided ${name}`, ref);
  return ({ type }, name) =>
    refs.get(name) ?? refs.get(`${type} ${name}`) ?? refs.get(`${type} provided ${name}`) ?? [];
}

/** JSON that is the same for the same value, in whatever order its properties were given. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compare(a, b)))
      : inner,
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

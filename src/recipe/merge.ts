import { type SourceLocation, TareError } from "../base/index.ts";
import { suggest } from "../text/index.ts";
import type { RecipeDocument } from "./document.ts";
import { ENTRIES, type Entry, type EntryKey, type EntryTypes, normalPort } from "./entries.ts";
import { normalPath } from "./path.ts";
import { releaseNamed } from "./release.ts";
import type { RecipeContent } from "./schema.ts";
import type { DebianRelease } from "./types.ts";

/** A value, the file that says it, and where. */
export interface Placed<T> {
  readonly value: T;
  readonly file: RecipeDocument;
  readonly at: () => SourceLocation;
}

/** All that several files say together. */
export interface Merged {
  /** In the order of their first appearance. */
  all<K extends EntryKey>(key: K): readonly Placed<EntryTypes[K]>[];
  /** The value of a key that has one. */
  one<K extends EntryKey>(key: K): Placed<EntryTypes[K]> | undefined;
}

type Values = Map<EntryKey, Map<string, Placed<unknown>>>;

/**
 * Lays files over one another, each with what it says for the release: lists and maps add up, where an entry replaces
 * the earlier one of the same name or path; everything else replaces. Before a file adds, it removes. `user-bad-recipe`
 * for removing what is not there, and for a thing that one list names twice.
 */
export function mergeFiles(files: readonly RecipeDocument[], release: DebianRelease): Merged {
  const values: Values = new Map();
  for (const file of files)
    for (const part of partsOf(file, release)) {
      removeEntries(values, part);
      addEntries(values, part);
    }
  return {
    all: <K extends EntryKey>(key: K) =>
      [...(values.get(key)?.values() ?? [])] as readonly Placed<EntryTypes[K]>[],
    one: <K extends EntryKey>(key: K) =>
      values.get(key)?.values().next().value as Placed<EntryTypes[K]> | undefined,
  };
}

/** What one file says: for every release, or for one. */
interface Part {
  readonly file: RecipeDocument;
  readonly content: RecipeContent;
  readonly path: readonly PropertyKey[];
}

function partsOf(file: RecipeDocument, release: DebianRelease): readonly Part[] {
  const own = Object.entries(file.content.releases ?? {}).filter(([name]) => releaseNamed(name) === release);
  return [
    { file, content: file.content, path: [] },
    ...own.map(([name, content]) => ({ file, content: content ?? {}, path: ["releases", name] })),
  ];
}

function addEntries(values: Values, part: Part): void {
  // A program of one recipe is not started with the arguments of another one's.
  if (part.content.entrypoint !== undefined) values.delete("cmd");
  for (const key of KEYS) {
    const entries = entriesOf(key, part.content);
    refuseTwice(key, { entries, part });
    const known = values.get(key) ?? new Map<string, Placed<unknown>>();
    for (const { id, value, path } of entries)
      known.set(id, {
        value,
        file: part.file,
        at: () => part.file.locate([...part.path, key, ...path]),
      });
    values.set(key, known);
  }
}

const KEYS = Object.keys(ENTRIES) as readonly EntryKey[];

function entriesOf(key: EntryKey, content: RecipeContent): readonly Entry<unknown>[] {
  const value = content[key];
  if (value === undefined) return [];
  return (ENTRIES[key] as (value: unknown) => readonly Entry<unknown>[])(value);
}

function refuseTwice(
  key: EntryKey,
  { entries, part }: { readonly entries: readonly Entry<unknown>[]; readonly part: Part },
): void {
  const seen = new Set<string>();
  for (const { id, path } of entries) {
    if (seen.has(id))
      throw new TareError("user-bad-recipe", `${key} names ${id} twice`, {
        hint: "keep one of them",
        location: part.file.locate([...part.path, key, ...path]),
      });
    seen.add(id);
  }
}

type Removals = NonNullable<RecipeContent["remove"]>;

function removeEntries(values: Values, part: Part): void {
  for (const [key, names] of Object.entries(part.content.remove ?? {}) as [keyof Removals, string[]][])
    for (const [index, name] of names.entries()) {
      const known = values.get(key) ?? new Map<string, Placed<unknown>>();
      const ids = [...known.keys()].filter((id) => isMeant(id, { key, name }));
      if (ids.length === 0) throw nothingToRemove(name, { key, known, part, index });
      for (const id of ids) known.delete(id);
    }
}

/** Removing from `slices` takes away all that a package has there; gaps are of two kinds. */
function isMeant(
  id: string,
  { key, name }: { readonly key: keyof Removals; readonly name: string },
): boolean {
  if (key === "slices") return id.startsWith(`${name} `);
  if (key === "allow") return id === `missing ${name}` || id === `dangling ${name}`;
  if (key === "ports") return id === normalPort(name);
  return id === (name.startsWith("/") ? normalPath(name) : name.replace(/\/+$/, ""));
}

function nothingToRemove(
  name: string,
  {
    key,
    known,
    part,
    index,
  }: {
    readonly key: keyof Removals;
    readonly known: ReadonlyMap<string, unknown>;
    readonly part: Part;
    readonly index: number;
  },
): TareError {
  const near = suggest(name, [...known.keys()]);
  return new TareError("user-bad-recipe", `there is no ${name} to remove from ${key}`, {
    hint:
      near === undefined
        ? "remove takes away what the recipes that this one extends have named"
        : `did you mean ${near}?`,
    location: part.file.locate([...part.path, "remove", key, index]),
  });
}

import { normalPath } from "./path.ts";
import type { RecipeContent } from "./schema.ts";

type Item<K extends keyof RecipeContent> =
  NonNullable<RecipeContent[K]> extends readonly (infer T)[] ? T : never;

/** What the keys of a recipe come to when they are merged: the single values that replace one another. */
export interface EntryTypes {
  readonly base: boolean;
  readonly scripts: boolean;
  readonly dependencies: "follow" | "none";
  readonly shellless: boolean;
  readonly sources: Item<"sources">;
  readonly packages: Item<"packages">;
  readonly without: string;
  readonly npm: Item<"npm">;
  readonly "java-modules": string;
  readonly slices: { readonly package: string; readonly slice: string; readonly paths: readonly string[] };
  readonly exclude: string;
  readonly include: string;
  readonly users: Item<"users">;
  readonly groups: Item<"groups">;
  readonly directories: Item<"directories">;
  readonly files: Item<"files">;
  readonly links: { readonly path: string; readonly target: string };
  readonly trust: { readonly store: string; readonly written: boolean };
  readonly environment: { readonly name: string; readonly value: string };
  readonly user: string;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly labels: { readonly name: string; readonly value: string };
  readonly ports: string;
  readonly volumes: string;
  readonly "stop-signal": string;
  readonly layers: "single" | "origin" | "package";
  readonly allow: { readonly kind: string; readonly what: string };
}

export type EntryKey = keyof EntryTypes;

/** One value of a recipe's key: entries of the same id replace one another when recipes are merged. */
export interface Entry<T> {
  readonly id: string;
  readonly value: T;
  /** Where it stands, seen from its key. */
  readonly path: readonly PropertyKey[];
}

type Readers = {
  readonly [K in EntryKey]: (value: NonNullable<RecipeContent[K]>) => readonly Entry<EntryTypes[K]>[];
};

/** How the value of each key falls into entries. */
export const ENTRIES: Readers = {
  base: one,
  scripts: one,
  dependencies: one,
  shellless: one,
  sources: (items) => list(items, ({ uri }) => uri.replace(/\/+$/, "")),
  packages: (items) => list(items, packageName),
  without: (items) => list(items, itself),
  npm: (items) => list(items, npmName),
  "java-modules": (items) => list(items, itself),
  slices: (packages) =>
    map(packages).flatMap(([name, slices]) =>
      map(slices).map(([slice, paths]) => ({
        id: `${name} ${slice}`,
        value: { package: name, slice, paths },
        path: [name, slice],
      })),
    ),
  exclude: (items) => list(items, normalPath),
  include: (items) => list(items, normalPath),
  users: (items) => list(items, ({ name }) => name),
  groups: (items) => list(items, ({ name }) => name),
  directories: (items) => list(items, ({ path }) => normalPath(path)),
  files: (items) => list(items, ({ path }) => normalPath(path)),
  links: (links) =>
    map(links).map(([path, target]) => ({ id: normalPath(path), value: { path, target }, path: [path] })),
  trust: (stores) =>
    map(stores).map(([store, written]) => ({
      id: store,
      value: { store, written: written === true },
      path: [store],
    })),
  environment: named,
  user: one,
  workdir: one,
  entrypoint: one,
  cmd: one,
  labels: named,
  ports: (items) => list(items, normalPort),
  volumes: (items) => list(items, normalPath),
  "stop-signal": one,
  layers: one,
  allow: ({ missing = [], dangling = [] }) => [
    ...allowed("missing", missing),
    ...allowed("dangling", dangling),
  ],
};

/** The name in `libssl3t64 (>= 3.0)`, with or without slices. */
export function packageName(item: EntryTypes["packages"]): string {
  return (typeof item === "string" ? item : item.name).split(" ", 1)[0] as string;
}

/** The first name of an npm package, without its version. */
export function npmName({ package: name }: EntryTypes["npm"]): string {
  const text = typeof name === "string" ? name : (name.amd64 ?? name.arm64 ?? "@");
  return text.slice(0, text.lastIndexOf("@"));
}

/** `8080/tcp` of `8080`. */
export function normalPort(port: string): string {
  return port.includes("/") ? port : `${port}/tcp`;
}

function one<T>(value: T): readonly Entry<T>[] {
  return [{ id: "", value, path: [] }];
}

function itself(text: string): string {
  return text;
}

function list<T>(items: readonly T[], id: (item: T) => string): readonly Entry<T>[] {
  return items.map((value, index) => ({ id: id(value), value, path: [index] }));
}

function map<T>(object: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(object);
}

function named(values: Readonly<Record<string, string>>): readonly Entry<{ name: string; value: string }>[] {
  return map(values).map(([name, value]) => ({ id: name, value: { name, value }, path: [name] }));
}

function allowed(kind: string, items: readonly string[]): readonly Entry<EntryTypes["allow"]>[] {
  return items.map((what, index) => ({ id: `${kind} ${what}`, value: { kind, what }, path: [kind, index] }));
}

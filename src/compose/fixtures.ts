import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collectBytes, decodeName, sha256, TareError } from "../base/index.ts";
import { programFacts } from "../closure/index.ts";
import {
  type DebContent,
  makeKey,
  publish,
  type SuiteOptions,
  serve,
  type TestKey,
  type TestServer,
  tarFile,
  tarLink,
  tarMember,
} from "../debian/fixtures.ts";
import {
  fetchPackage,
  MIRROR_HINTS,
  type PackageFile,
  type RepositoryAccess,
  type ResolvedPackage,
} from "../debian/index.ts";
import { createHttpClient } from "../net/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { openStore, type Store } from "../store/index.ts";
import { comparePaths, type Entry, validateIndex } from "../tree/index.ts";
import type { OpenedPackage } from "./arrange.ts";
import { composeDistroless } from "./compose-distroless.ts";
import type { ComposedLayer, ComposeProgress } from "./compose-recipe.ts";
import type { LockedTarget } from "./lock.ts";
import type { Placed } from "./placed.ts";
import { resolveRecipe } from "./resolve-recipe.ts";
import { sourcesOf } from "./sources.ts";

// What several tests of this folder compose with.

export const SIGNAL = new AbortController().signal;
/** 15 January 2026. */
export const NOW = Date.UTC(2026, 0, 15);

/** A recipe that takes everything of its packages; packages by name. */
export function recipeOf({
  packages = [],
  ...rest
}: Partial<Omit<Recipe, "packages">> & {
  readonly packages?: readonly (string | Recipe["packages"][number])[];
}): Recipe {
  const recipe: Omit<Recipe, "digest"> = {
    name: "test",
    debug: false,
    description: "",
    release: "13",
    codename: "trixie",
    architecture: "amd64",
    base: false,
    scripts: false,
    sources: [],
    dependencies: "follow",
    shellless: true,
    packages: packages.map((one) => (typeof one === "string" ? { name: one } : one)),
    without: [],
    npm: [],
    exclude: [],
    include: [],
    users: [],
    groups: [],
    directories: [],
    files: [],
    links: [],
    trust: { bundle: false, java: false },
    config: { environment: {}, labels: {}, ports: [], volumes: [] },
    layers: "origin",
    allow: { missing: [], dangling: [] },
    ...rest,
  };
  return { ...recipe, digest: sha256(JSON.stringify(recipe)) };
}

export const ROOT = { mode: 0o644, uid: 0, gid: 0 } as const;

/** A package of a lock, of its name and what else is given. */
export function resolved(name: string, more: Partial<ResolvedPackage> = {}): ResolvedPackage {
  return {
    name,
    version: "1",
    architecture: "amd64",
    source: name,
    sourceVersion: "1",
    section: "misc",
    repository: "debian",
    path: `pool/${name}_1.deb`,
    size: 1,
    sha256: sha256(name),
    installedSize: 1024,
    depends: [],
    replaces: [],
    because: [name],
    ...more,
  };
}

/** A file's content is its text; of what is no file, the target of a link. */
export type Sample = Partial<Entry> & { readonly path: string; readonly text?: string };

/** A package that is unpacked, of entries that are only named here. */
export function openedPackage(info: ResolvedPackage, samples: readonly Sample[]): OpenedPackage {
  const texts = new Map(samples.map(({ path, text = "" }) => [path, text]));
  const entries = samples.map(entryOf).sort((a, b) => comparePaths(a.path, b.path));
  validateIndex({ entries });
  const contentOf = (entry: Entry) => Buffer.from(texts.get(entry.link ?? entry.path) ?? "");
  const programs = entries.flatMap((entry) => {
    const program = entry.kind === "file" ? programFacts(contentOf(entry)) : undefined;
    return program ? [[entry.path, program] as const] : [];
  });
  return {
    info,
    layer: {
      index: async () => ({ entries }),
      async *read(entry: Entry) {
        yield contentOf(entry);
      },
    } as unknown as OpenedPackage["layer"],
    facts: {
      stanza: `Package: ${info.name}\nVersion: ${info.version}`,
      md5sums: entries
        .filter(({ kind }) => kind === "file")
        .map(({ path }) => `${"0".repeat(32)}  ${path}\n`)
        .join(""),
      youngest: Math.max(0, ...entries.map(({ mtime }) => mtime)),
      programs: Object.fromEntries(programs),
    },
  };
}

function entryOf({ text = "", ...sample }: Sample): Entry {
  const kind = sample.kind ?? "file";
  const facts = { ...ROOT, kind, mtime: 1000, size: 0, ...(kind === "dir" && { mode: 0o755 }) };
  const file = kind === "file" && { size: Buffer.byteLength(text), digest: sha256(text), offset: 512 };
  return { ...facts, ...file, ...sample };
}

/** What is in a file that is placed. */
export async function textOf(placed: Placed | undefined): Promise<string> {
  if (!placed?.read) throw new Error("it is no file");
  return (await collectBytes(placed.read())).toString();
}

/** A signed repository on loopback, and a store to compose into. */
export interface Kitchen extends AsyncDisposable {
  readonly folder: string;
  readonly server: TestServer;
  readonly key: TestKey;
  readonly store: Store;
  /** Where packages and lists are remembered. */
  readonly cache: string;
  publish(debs: readonly DebContent[], options?: Partial<SuiteOptions>): Promise<void>;
  lock(recipe: Recipe, changes?: Partial<RepositoryAccess>): Promise<LockedTarget>;
  compose(recipe: Recipe, options?: ComposeOptions): Promise<readonly ComposedLayer[]>;
}

export interface ComposeOptions {
  /** Default: what the repository has. */
  readonly locked?: LockedTarget;
  readonly store?: Store;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ComposeProgress) => void;
}

let made: Promise<TestKey> | undefined;

export async function openKitchen(debs: readonly DebContent[] = []): Promise<Kitchen> {
  made ??= makeKey();
  const key = await made;
  const server = await serve();
  const folder = mkdtempSync(join(tmpdir(), "tare-compose-"));
  const client = createHttpClient({}, MIRROR_HINTS);
  const mirror = { main: `${server.origin}/debian`, security: `${server.origin}/debian-security` };
  const store = await openStore(join(folder, "store"));
  const cache = join(store.root, "packages");
  const access = { client, cache, refresh: false, keys: [key.publicKey], now: NOW };
  const registry = async () => server.origin;
  const lock: Kitchen["lock"] = (recipe, changes = {}) =>
    resolveRecipe(recipe, { mirror, access: { ...access, ...changes }, registry }, SIGNAL);
  const kitchen: Kitchen = {
    folder,
    server,
    key,
    store,
    cache,
    lock,
    publish: async (content, options = {}) =>
      void (await publish(server, {}, { key, debs: content, ...options })),
    async compose(recipe, { locked, signal = SIGNAL, onProgress = () => undefined, ...options } = {}) {
      const tools = {
        store: options.store ?? store,
        onProgress,
        fetchPackage: (info: PackageFile) =>
          fetchPackage(info, { access, sources: sourcesOf(recipe, mirror) }, signal),
        fetchNpm: () => Promise.reject(new Error("nothing is from npm here")),
        findOwners: async () => new Map<string, readonly string[]>(),
      };
      return composeDistroless(recipe, { locked: locked ?? (await lock(recipe)), tools }, signal);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([server.close(), client[Symbol.asyncDispose]()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await kitchen.publish(debs);
  return kitchen;
}

/** A file's content of many blocks that packs well. */
export const BIG = "0123456789abcdef".repeat(20_000);

/**
 * An application, its library and what both stand on, with odd things that packages bring: a name that is no text, a
 * set-user-ID bit, a second name.
 */
export const DEBS: readonly DebContent[] = [
  {
    name: "base",
    data: [
      tarMember({ name: "./", mtime: 10 }),
      tarMember({ name: "./root/", mode: 0o700, mtime: 10 }),
      tarMember({ name: "./var/run/" }),
      tarFile(`./etc/${decodeName(Buffer.from([0x62, 0xff]))}`, "odd"),
    ],
  },
  {
    name: "lib",
    fields: { Source: "thing (2)", "Pre-Depends": "base" },
    data: [tarFile("./lib/lib.so.1", BIG), tarLink("./usr/lib/lib.so", "lib.so.1")],
    xz: true,
  },
  {
    name: "app",
    fields: { Source: "thing", Depends: "lib" },
    control: { md5sums: `${"a".repeat(32)}  usr/bin/app\n`, postinst: "#!/bin/sh\nexit 1\n" },
    data: [
      tarMember({ name: "./usr/bin/app", mode: 0o4755, mtime: 500 }, "app"),
      tarMember({
        name: "./usr/bin/also",
        type: "hardlink",
        linkname: "./usr/bin/app",
        mode: 0o4755,
        mtime: 500,
      }),
      tarFile("./usr/share/doc/app/copyright", "free"),
    ],
  },
];

/** The application, with something of the recipe's own. */
export const RECIPE = recipeOf({
  packages: ["app"],
  files: [{ ...ROOT, path: "/root/.profile", content: "x=1\n" }],
  links: [{ path: "/var/run", target: "/run" }],
  directories: [{ ...ROOT, path: "/run", mode: 0o755 }],
});

/** Digests of layers, bottom first. */
export function digestsOf(layers: readonly ComposedLayer[]): Promise<readonly string[]> {
  return Promise.all(layers.map(({ layer }) => layer.diffId()));
}

/** All paths of a store, but for what prune cleans and what is only a memory of the network. */
export function storeListing({ root }: Store): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((path) => !/^(?:tmp|packages\/lists)(?:\/|$)/.test(path))
    .sort();
}

/** For assert.rejects. */
export function refuses(code: TareError["code"], message: RegExp): (error: unknown) => boolean {
  return (error) => {
    const fits = error instanceof TareError && error.code === code && message.test(error.message);
    if (fits && error.facts.hint !== undefined) return true;
    throw error;
  };
}

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { decodeName, hexOf, type TareError } from "../base/index.ts";
import { type DebContent, tarFile, tarLink, tarMember } from "../debian/fixtures.ts";
import type { Recipe } from "../recipe/index.ts";
import { openStore, type Store } from "../store/index.ts";
import type { ComposeProgress } from "./compose-recipe.ts";
import { digestsOf, type Kitchen, mergedLayers, openKitchen, ROOT, recipeOf, refuses } from "./fixtures.ts";

const BIG = "0123456789abcdef".repeat(20_000);
const DEBS: readonly DebContent[] = [
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
const RECIPE = recipeOf({
  packages: ["app"],
  files: [{ ...ROOT, path: "/root/.profile", content: "x=1\n" }],
  links: [{ path: "/var/run", target: "/run" }],
  directories: [{ ...ROOT, path: "/run", mode: 0o755 }],
});

/** Nothing unfinished is in a store. */
function assertTidy({ root }: Store): void {
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
}

test("what packages have and what the recipe says becomes layers, and no script runs", async () => {
  await using kitchen = await openKitchen(DEBS);
  const layers = await kitchen.compose(RECIPE);
  assert.deepEqual(
    layers.map(({ comment, created }) => [comment, created]),
    [
      ["merged /usr", 0],
      ["base 1", 10_000],
      ["lib 1, app 1", 500_000],
      ["accounts and settings", 500_000],
    ],
  );
  const tree = (await mergedLayers(layers)) as Record<string, Record<string, unknown>>;
  assert.equal(tree["/usr/bin/app"]?.mode, 0o4755);
  assert.deepEqual(tree["/usr/bin/also"]?.names, ["usr/bin/also", "usr/bin/app"]);
  assert.equal(tree["/lib"]?.link, "usr/lib");
  assert.equal(tree["/usr/lib/lib.so.1"]?.size, BIG.length);
  assert.deepEqual([tree["/root"]?.mode, tree["/var/run"]?.kind], [0o700, "symlink"]);
  assert.equal(tree["/var/lib/dpkg/status.d/app"]?.kind, "file");
  assert.ok(tree[`/etc/${decodeName(Buffer.from([0x62, 0xff]))}`]);
  assertTidy(kitchen.store);
});

test("a lock gives the same layers in every store, whatever the order of its packages", async () => {
  await using kitchen = await openKitchen(DEBS);
  const locked = await kitchen.lock(RECIPE);
  const digests = await digestsOf(await kitchen.compose(RECIPE, { locked }));
  for (const packages of [locked.packages, locked.packages.toReversed()]) {
    const store = await openStore(join(kitchen.folder, `store-${Math.random()}`));
    const layers = await kitchen.compose(RECIPE, { locked: { ...locked, packages }, store });
    assert.deepEqual(await digestsOf(layers), digests);
  }
});

test("grouped in another way the layers add up to the same tree", async () => {
  await using kitchen = await openKitchen(DEBS);
  const locked = await kitchen.lock(RECIPE);
  const trees = await Promise.all(
    (["origin", "package", "single"] as const).map(async (layers) => {
      const composed = await kitchen.compose({ ...RECIPE, layers }, { locked });
      return { count: composed.length, tree: await mergedLayers(composed) };
    }),
  );
  assert.deepEqual(
    trees.map(({ count }) => count),
    [4, 5, 1],
  );
  for (const { tree } of trees) assert.deepEqual(tree, trees[0]?.tree);
});

test("what was composed before is neither fetched, unpacked nor written again", async () => {
  await using kitchen = await openKitchen(DEBS);
  const locked = await kitchen.lock(RECIPE);
  const first = await kitchen.compose(RECIPE, { locked });
  const listing = readdirSync(kitchen.store.root, { recursive: true }).sort();
  kitchen.server.asked.length = 0;
  rmSync(kitchen.cache, { recursive: true });
  const again = await kitchen.compose(RECIPE, { locked });
  assert.deepEqual(await digestsOf(again), await digestsOf(first));
  assert.deepEqual(kitchen.server.asked, []);
  const now = readdirSync(kitchen.store.root, { recursive: true }).sort();
  assert.deepEqual(
    now,
    listing.filter((path) => !String(path).startsWith("packages")),
  );
});

test("a recipe without packages needs no repository", async () => {
  await using kitchen = await openKitchen();
  kitchen.server.files.clear();
  const files = [{ ...ROOT, path: "/etc/own", content: "own" }];
  const layers = await kitchen.compose(recipeOf({ files }));
  assert.deepEqual(
    Object.keys(await mergedLayers(layers)).filter((path) => path.startsWith("/etc")),
    ["/etc", "/etc/own"],
  );
  assert.deepEqual(kitchen.server.asked, []);
  assert.equal((await kitchen.compose(recipeOf({ layers: "single" }))).length, 1);
});

test("progress grows to the size of all packages, also of those that are there already", async () => {
  await using kitchen = await openKitchen(DEBS);
  const locked = await kitchen.lock(RECIPE);
  const total = locked.packages.reduce((sum, { size }) => sum + size, 0);
  for (const _ of ["new", "known"]) {
    const seen: ComposeProgress[] = [];
    await kitchen.compose(RECIPE, { locked, onProgress: (progress) => seen.push(progress) });
    assert.deepEqual(
      seen.map((one) => one.total),
      [total, total, total],
    );
    const current = seen.map((one) => one.current);
    assert.deepEqual(
      current,
      current.toSorted((a, b) => a - b),
    );
    assert.equal(current.at(-1), total);
  }
});

test("cancelled while packages come, it ends at once, leaves nothing unfinished, and the next one goes on", async () => {
  await using kitchen = await openKitchen(DEBS);
  const locked = await kitchen.lock(RECIPE);
  const controller = new AbortController();
  const composing = kitchen.compose(RECIPE, {
    locked,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await assert.rejects(composing, (error: TareError) => error.code === "user-cancelled");
  assertTidy(kitchen.store);
  kitchen.server.misbehave = (path) => path.includes("/pool/");
  const stuck = new AbortController();
  const store = await openStore(join(kitchen.folder, "other"));
  rmSync(kitchen.cache, { recursive: true });
  setTimeout(() => stuck.abort(), 100);
  await assert.rejects(
    kitchen.compose(RECIPE, { locked, store, signal: stuck.signal }),
    (error: TareError) => error.code === "user-cancelled",
  );
  assert.deepEqual(
    readdirSync(kitchen.cache).filter((name) => name.endsWith(".part")),
    [],
  );
  kitchen.server.misbehave = () => false;
  assert.equal((await kitchen.compose(RECIPE, { locked })).length, 4);
});

/** What may happen to a package's layer, on a disk that fails. */
const DAMAGES: Readonly<Record<string, (paths: { readonly blob: string; readonly layer: string }) => void>> =
  {
    "a flipped byte": ({ blob }) => {
      const bytes = readFileSync(blob);
      bytes[512] = (bytes[512] as number) ^ 1;
      writeFileSync(blob, bytes);
    },
    "a tar that is cut off": ({ blob }) => truncateSync(blob, 600),
    "no tar": ({ blob }) => rmSync(blob),
    "no index": ({ layer }) => rmSync(join(layer, "index")),
    "neither a whole tar nor an index": ({ blob, layer }) => {
      truncateSync(blob, 600);
      truncateSync(join(layer, "index"), 3);
    },
    "no record": ({ layer }) => rmSync(join(layer, "layer.json")),
  };

test("a package that is damaged in the store is unpacked again, and the same comes of it", async () => {
  await using kitchen = await openKitchen(DEBS);
  const locked = await kitchen.lock(RECIPE);
  const digests = await digestsOf(await kitchen.compose(RECIPE, { locked }));
  for (const [name, damage] of Object.entries(DAMAGES)) {
    const store = await openStore(join(kitchen.folder, name));
    const [app] = await kitchen.compose(recipeOf({ packages: ["app"], dependencies: "none" }), {
      locked: { ...locked, packages: locked.packages.filter((info) => info.name === "app") },
      store,
    });
    assert.ok(app);
    const composed = new Set(await Promise.all([app].map(({ layer }) => layer.diffId())));
    for (const digest of await store.blobs.list())
      if (!composed.has(digest))
        damage({ blob: store.blobs.path(digest), layer: join(store.root, "layers", hexOf(digest)) });
    const layers = await kitchen.compose(RECIPE, { locked, store });
    assert.deepEqual(await digestsOf(layers), digests, name);
    for (const { layer } of layers) for await (const _ of layer.tar());
    assertTidy(store);
  }
});

/** Composes in a process of its own, and says the digests. */
function startWorker(options: {
  readonly root: string;
  readonly cache: string;
  readonly recipe: Recipe;
  readonly locked: unknown;
}) {
  const here = (name: string) => JSON.stringify(join(import.meta.dirname, name));
  const program = `
    import { readFileSync } from "node:fs";
    import { openStore } from ${here("../store/index.ts")};
    import { composeDistroless } from ${here("compose-distroless.ts")};
    const { root, cache, recipe, locked } = JSON.parse(process.argv[1]);
    const store = await openStore(root);
    process.send("ready");
    const layers = await composeDistroless(recipe, { locked, tools: {
      store, onProgress: () => undefined,
      fetchPackage: async ({ sha256 }) => readFileSync(cache + "/" + sha256.slice(7) + ".deb"),
      findOwners: async () => new Map(),
    } }, new AbortController().signal);
    process.send(await Promise.all(layers.map(({ layer }) => layer.diffId())));
    process.disconnect();`;
  const args = ["--import", "tsx", "--input-type=module", "-e", program, JSON.stringify(options)];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

async function digestsFrom(child: ChildProcess): Promise<unknown> {
  let last: unknown;
  child.on("message", (message) => {
    last = message;
  });
  await once(child, "close");
  return last;
}

/** A lock whose packages are in the cache. */
async function prepared(kitchen: Kitchen) {
  const locked = await kitchen.lock(RECIPE);
  const digests = await digestsOf(await kitchen.compose(RECIPE, { locked }));
  return { digests, options: { cache: kitchen.cache, recipe: RECIPE, locked } };
}

test("processes that compose the same at once into one store come to the same", async () => {
  await using kitchen = await openKitchen(DEBS);
  const { digests, options } = await prepared(kitchen);
  const root = join(kitchen.folder, "shared");
  const children = [1, 2, 3].map(() => startWorker({ ...options, root }));
  for (const found of await Promise.all(children.map(digestsFrom))) assert.deepEqual(found, digests);
  assertTidy(await openStore(root));
});

test("killed at any moment, it is composed again, and prune finds nothing unfinished after it", async () => {
  await using kitchen = await openKitchen(DEBS);
  const { digests, options } = await prepared(kitchen);
  const root = join(kitchen.folder, "killed");
  for (let round = 0; round < 8; round++) {
    const child = startWorker({ ...options, root });
    const ended = once(child, "close");
    await Promise.race([once(child, "message"), ended]);
    await Promise.race([sleep(round * 6), ended]);
    child.kill("SIGKILL");
    await ended;
  }
  assert.deepEqual(await digestsFrom(startWorker({ ...options, root })), digests);
  const store = await openStore(root);
  await store.prune({ all: false, dryRun: false });
  assertTidy(store);
  const layers = await kitchen.compose(RECIPE, { locked: options.locked, store });
  for (const { layer } of layers) for await (const _ of layer.tar());
});

test("what the proof misses is said before any layer of the image is written", async () => {
  const script: DebContent = {
    name: "script",
    data: [tarMember({ name: "./usr/bin/s", mode: 0o755 }, "#!/bin/none\n")],
  };
  await using kitchen = await openKitchen([script]);
  await assert.rejects(
    kitchen.compose(recipeOf({ packages: ["script"] })),
    refuses("resolve-incomplete", /usr\/bin\/s .*\/bin\/none/),
  );
  assert.equal(readdirSync(join(kitchen.store.root, "layers")).length, 1, "the package's own");
});

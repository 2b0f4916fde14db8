import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type ChildProgram, childProgram } from "../base/fixtures.ts";
import { hexOf, type TareError } from "../base/index.ts";
import type { Recipe } from "../recipe/index.ts";
import { assertTidy } from "../store/fixtures.ts";
import { openStore } from "../store/index.ts";
import { DEBS, digestsOf, type Kitchen, openKitchen, RECIPE, recipeOf } from "./fixtures.ts";

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

const here = (name: string) => JSON.stringify(join(import.meta.dirname, name));

/** Composes in a process of its own, and says the digests. */
const WORKER = `
    import { readFileSync } from "node:fs";
    import { openStore } from ${here("../store/index.ts")};
    import { composeDistroless } from ${here("compose-distroless.ts")};
    const { root, cache, recipe, locked } = JSON.parse(process.argv[2]);
    const store = await openStore(root);
    process.send("ready");
    const layers = await composeDistroless(recipe, { locked, tools: {
      store, onProgress: () => undefined,
      fetchPackage: async ({ sha256 }) => readFileSync(cache + "/" + sha256.slice(7) + ".deb"),
      findOwners: async () => new Map(),
    } }, new AbortController().signal);
    process.send(await Promise.all(layers.map(({ layer }) => layer.diffId())));
    process.disconnect();`;

function startWorker(
  { path }: ChildProgram,
  options: {
    readonly root: string;
    readonly cache: string;
    readonly recipe: Recipe;
    readonly locked: unknown;
  },
): ChildProcess {
  return spawn(process.execPath, [path, JSON.stringify(options)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
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
  using program = childProgram(WORKER);
  const children = [1, 2, 3].map(() => startWorker(program, { ...options, root }));
  for (const found of await Promise.all(children.map(digestsFrom))) assert.deepEqual(found, digests);
  assertTidy(await openStore(root));
});

test("killed at any moment, it is composed again, and prune finds nothing unfinished after it", async () => {
  await using kitchen = await openKitchen(DEBS);
  const { digests, options } = await prepared(kitchen);
  const root = join(kitchen.folder, "killed");
  using program = childProgram(WORKER);
  for (let round = 0; round < 8; round++) {
    const child = startWorker(program, { ...options, root });
    const ended = once(child, "close");
    await Promise.race([once(child, "message"), ended]);
    await Promise.race([sleep(round * 6), ended]);
    child.kill("SIGKILL");
    await ended;
  }
  assert.deepEqual(await digestsFrom(startWorker(program, { ...options, root })), digests);
  const store = await openStore(root);
  await store.prune({ all: false, dryRun: false });
  assertTidy(store);
  const layers = await kitchen.compose(RECIPE, { locked: options.locked, store });
  for (const { layer } of layers) for await (const _ of layer.tar());
});

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hexOf } from "../base/index.ts";
import { imageOf, keyOf, tarLayer, type Workspace, workspace } from "./fixtures.ts";
import type { PruneOptions } from "./prune.ts";
import type { StoredLayer } from "./types.ts";

const LARGE = "x".repeat(100_000);

function prune({ store }: Workspace, options: Partial<PruneOptions>): ReturnType<typeof store.prune> {
  return store.prune({ all: false, dryRun: false, ...options });
}

/** A cache record of a layer of its own and those below it, last used so many seconds after 1970. */
async function result(
  work: Workspace,
  name: string,
  { used, below = [] }: { readonly used: number; readonly below?: readonly StoredLayer[] },
): Promise<StoredLayer> {
  const layer = await tarLayer(work.store, { [name]: LARGE });
  await work.store.keys.put(keyOf(name), {
    result: { layers: [...below, layer].map(({ id }) => id), created: [] },
  });
  use(work, name, used);
  return layer;
}

function use({ root }: Workspace, name: string, seconds: number): void {
  const hex = hexOf(keyOf(name));
  utimesSync(join(root, "keys", hex.slice(0, 2), `${hex}.json`), seconds, seconds);
}

/** Names of the cache records that are there, of these. */
async function left({ store }: Workspace, ...names: readonly string[]): Promise<readonly string[]> {
  const keys = new Set(await store.keys.list());
  return names.filter((name) => keys.has(keyOf(name)));
}

test("until keeps what was used since, with its layers and its parts", async () => {
  using work = await workspace();
  const old = await result(work, "old", { used: 100 });
  const young = await result(work, "young", { used: 300, below: [old] });
  await result(work, "other", { used: 200 });
  await work.store.keys.put(keyOf("part"), { part: true });
  await work.store.keys.put(keyOf("steps"), { parts: [keyOf("part")] });
  use(work, "steps", 300);
  const names = ["old", "young", "other", "part", "steps"];
  await prune(work, { until: 250_000 });
  assert.deepEqual(await left(work, ...names), names, "without all nothing of the cache goes");
  await prune(work, { all: true, until: 250_000 });
  assert.deepEqual(await left(work, ...names), ["young", "part", "steps"]);
  assert.deepEqual(readdirSync(join(work.root, "layers")).sort(), [old.id, young.id].sort());
  await prune(work, { all: true, until: 300_000 });
  assert.deepEqual(await left(work, ...names), []);
});

test("what is used is young again", async () => {
  using work = await workspace();
  await result(work, "used", { used: 100 });
  work.store.keys.touch(keyOf("used"));
  work.store.keys.touch(keyOf("none"));
  await prune(work, { all: true, until: 1_000_000 });
  assert.deepEqual(await left(work, "used"), ["used"]);
  assert.equal(await work.store.keys.usedAt(keyOf("none")), undefined);
});

test("keep-storage keeps what was used last, as much as fits; images cost nothing", async () => {
  using work = await workspace();
  const image = await tarLayer(work.store, { image: LARGE });
  await imageOf(work.store, [image], "app");
  await result(work, "a", { used: 100 });
  await result(work, "b", { used: 200 });
  await result(work, "c", { used: 300, below: [image] });
  const before = await prune(work, { keepStorage: 250_000, dryRun: true });
  assert.deepEqual([before.keys, before.layers], [1, 1]);
  assert.deepEqual(await left(work, "a", "b", "c"), ["a", "b", "c"]);
  await prune(work, { keepStorage: 250_000 });
  assert.deepEqual(await left(work, "a", "b", "c"), ["b", "c"]);
  await prune(work, { keepStorage: 50_000, until: 250_000 });
  assert.deepEqual(await left(work, "a", "b", "c"), ["c"], "what is younger than until stays in any case");
  await prune(work, { keepStorage: 0 });
  assert.deepEqual(await left(work, "c"), []);
  assert.deepEqual(readdirSync(join(work.root, "layers")), [image.id]);
});

test("cache mounts and packages are as old as their last use", async () => {
  using work = await workspace();
  const mount = join(work.root, "cache-mounts/abc");
  mkdirSync(join(mount, "0"), { recursive: true });
  writeFileSync(join(mount, "id"), "npm");
  writeFileSync(join(mount, "0/file"), LARGE);
  utimesSync(join(mount, "id"), 300, 300);
  const pack = join(work.root, "packages/old.deb");
  writeFileSync(pack, LARGE);
  utimesSync(pack, 100, 100);
  const usage = await work.store.usage();
  assert.deepEqual(
    usage.map(({ id, kind, usedAt, name }) => [id, kind, usedAt, name]),
    [
      ["abc", "cache-mount", 300_000, "npm"],
      ["packages", "packages", 100_000, undefined],
    ],
  );
  await prune(work, { all: true, until: 200_000 });
  assert.deepEqual(readdirSync(join(work.root, "packages")), []);
  assert.deepEqual(readdirSync(mount), ["0", "id"]);
  await prune(work, { keepStorage: 10 });
  assert.deepEqual(readdirSync(join(work.root, "cache-mounts")), []);
});

test("labels choose among images without a name, and leave the cache", async () => {
  using work = await workspace();
  await result(work, "cached", { used: 100 });
  const labelled = async (labels: Record<string, string> | null) => {
    const config = {
      os: "linux",
      architecture: "amd64",
      config: { Labels: labels },
      rootfs: { diff_ids: [] },
    };
    return await work.store.images.put({
      config: Buffer.from(JSON.stringify(config)),
      layers: [],
      platform: { os: "linux", architecture: "amd64" },
      storedAt: 1000,
    });
  };
  const ids = async () => (await work.store.images.list()).map(({ record }) => record.id).sort();
  const [one, two, none] = [await labelled({ k: "1" }), await labelled({ k: "2" }), await labelled(null)];
  await prune(work, { all: true, labels: [{ name: "k", value: "1" }] });
  assert.deepEqual(await ids(), [two.id, none.id].sort());
  await prune(work, { until: 999, labels: [{ name: "k" }] });
  assert.deepEqual(await ids(), [two.id, none.id].sort());
  await prune(work, { labels: [{ name: "k", not: true }] });
  assert.deepEqual(await ids(), [two.id]);
  await prune(work, { until: 1000, labels: [{ name: "k" }] });
  assert.deepEqual([await ids(), await left(work, "cached")], [[], ["cached"]]);
  assert.ok(one.id);
});

test("usage tells of each layer who needs it and what is below it", async () => {
  using work = await workspace();
  const base = await result(work, "base", { used: 100 });
  const top = await result(work, "top", { used: 200, below: [base] });
  await imageOf(work.store, [base], "app", "app:2");
  const usage = new Map((await work.store.usage()).map((item) => [item.id, item]));
  const { images, records, usedAt, parent, bytes = 0 } = usage.get(base.id) ?? {};
  assert.deepEqual([images, records, usedAt, parent], [1, [keyOf("top"), keyOf("base")], 200_000, undefined]);
  assert.ok(bytes > LARGE.length, String(bytes));
  assert.deepEqual([usage.get(top.id)?.images, usage.get(top.id)?.parent], [0, base.id]);
});

import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeName } from "../base/index.ts";
import { type DebContent, tarMember } from "../debian/fixtures.ts";
import { assertTidy } from "../store/fixtures.ts";
import { openStore } from "../store/index.ts";
import type { ComposeProgress } from "./compose-recipe.ts";
import { BIG, DEBS, digestsOf, openKitchen, RECIPE, ROOT, recipeOf, refuses } from "./fixtures.ts";
import { mergedLayers } from "./merged-fixtures.ts";

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

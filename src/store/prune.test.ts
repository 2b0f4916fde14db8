import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  collect,
  directoryLayer,
  imageOf,
  keyOf,
  once,
  ref,
  tarLayer,
  verifyImage,
  type Workspace,
  workspace,
} from "./fixtures.ts";
import { diskUsage } from "./remove-tree.ts";

const NOTHING = {
  images: 0,
  keys: 0,
  layers: 0,
  blobs: 0,
  containers: 0,
  volumes: 0,
  temporary: 0,
  bytes: 0,
};

function prune({ store }: Workspace, { all = false, dryRun = false } = {}): ReturnType<typeof store.prune> {
  return store.prune({ all, dryRun });
}

/** Every file and folder of a store, without the folders that it always has. */
function content(root: string, below = ""): readonly string[] {
  return readdirSync(join(root, below), { withFileTypes: true }).flatMap((entry) => {
    const path = join(below, entry.name);
    if (!entry.isDirectory()) return [path];
    return [...(below === "" ? [] : [path]), ...content(root, path)];
  });
}

test("an empty store has nothing to prune", async () => {
  using work = await workspace();
  assert.deepEqual(await prune(work), NOTHING);
  assert.deepEqual(await prune(work, { all: true, dryRun: true }), NOTHING);
});

test("what a named image needs stays, in every form and twice", async () => {
  using work = await workspace();
  const layers = [await tarLayer(work.store, { a: "1" }), await directoryLayer(work.store, { b: "2" })];
  const descriptors = await Promise.all(layers.map((layer) => layer.descriptor()));
  const manifest = await work.store.blobs.put(once("the manifest"));
  const record = await imageOf(work.store, layers, "app");
  await work.store.images.put({
    config: await work.store.images.rawConfig(record),
    layers,
    platform: record.platform,
    storedAt: 0,
    manifest: manifest.digest,
  });
  const before = content(work.root).filter((path) => !path.startsWith("locks/"));
  for (const all of [false, true, true]) {
    assert.deepEqual(await prune(work, { all }), NOTHING);
    assert.deepEqual(content(work.root), before);
  }
  await verifyImage(await work.reopen(), record);
  for (const { digest } of [...descriptors, manifest]) await collect(work.store.blobs.get(digest));
});

test("an image without a name goes with its layers, but not with those of others", async () => {
  using work = await workspace();
  const [shared, own, tar] = [
    await tarLayer(work.store, { a: "shared" }),
    await directoryLayer(work.store, { b: "own" }),
    await tarLayer(work.store, { c: "own" }),
  ];
  const kept = await imageOf(work.store, [shared], "kept");
  const gone = await imageOf(work.store, [shared, own, tar], "gone");
  await tar.descriptor();
  await work.store.images.untag(ref("gone"));
  const report = await prune(work);
  // The config, the tar of the one and its gzip form.
  assert.deepEqual({ ...report, bytes: 0 }, { ...NOTHING, images: 1, layers: 2, blobs: 3 });
  assert.deepEqual(await work.store.images.resolve(gone.id), undefined);
  await verifyImage(await work.reopen(), kept);
  assert.deepEqual(readdirSync(join(work.root, "layers")), [shared.id]);
  assert.deepEqual(await prune(work), NOTHING);
});

test("a cache record keeps its layers until everything is pruned, or one of them is gone", async () => {
  using work = await workspace();
  const [a, b] = [await tarLayer(work.store, { a: "a" }), await directoryLayer(work.store, { b: "b" })];
  await work.store.keys.put(keyOf("both"), { result: { layers: [a.id, b.id] } });
  await work.store.keys.put(keyOf("a"), { result: { layers: [a.id] } });
  await work.store.keys.put(keyOf("shortcut"), { key: keyOf("a") });
  assert.deepEqual(await prune(work), NOTHING);
  writeFileSync(join(work.root, "layers", b.id, "layer.json"), "damaged");
  assert.deepEqual({ ...(await prune(work)), bytes: 0 }, { ...NOTHING, keys: 1, layers: 1 });
  assert.deepEqual((await work.store.keys.list()).toSorted(), [keyOf("a"), keyOf("shortcut")].sort());
  assert.equal((await work.store.layers.get(a.id))?.id, a.id);
  assert.deepEqual(
    { ...(await prune(work, { all: true })), bytes: 0 },
    {
      ...NOTHING,
      keys: 2,
      layers: 1,
      blobs: 1,
    },
  );
});

test("cache records that make no sense are removed", async () => {
  using work = await workspace();
  for (const [at, value] of [null, 7, "x", { result: {} }, { result: { layers: 1 } }].entries())
    await work.store.keys.put(keyOf(String(at)), value);
  await work.store.keys.put(keyOf("good"), { result: { layers: [] } });
  assert.deepEqual({ ...(await prune(work)), bytes: 0 }, { ...NOTHING, keys: 5 });
  assert.deepEqual(await work.store.keys.list(), [keyOf("good")]);
});

test("a part goes when no record names it any more", async () => {
  using work = await workspace();
  const { keys } = work.store;
  const part = { part: true, text: "x" };
  for (const name of ["shared", "old", "orphan"]) await keys.put(keyOf(name), part);
  await keys.put(keyOf("owner"), { parts: [keyOf("shared"), keyOf("missing")] });
  await keys.put(keyOf("other"), { parts: [keyOf("shared"), keyOf("old")] });
  await keys.put(keyOf("odd"), { parts: "orphan" });
  assert.deepEqual(await prune(work, { dryRun: true }), { ...NOTHING, keys: 1 });
  assert.deepEqual(await prune(work), { ...NOTHING, keys: 1 });
  assert.deepEqual(await keys.get(keyOf("orphan")), undefined);
  assert.deepEqual(await keys.get(keyOf("old")), part);
  await keys.put(keyOf("other"), { parts: [] });
  assert.deepEqual(await prune(work), { ...NOTHING, keys: 1 });
  assert.deepEqual([await keys.get(keyOf("shared")), await keys.get(keyOf("old"))], [part, undefined]);
});

test("leftovers go, and packages and contexts only with everything", async () => {
  using work = await workspace();
  for (const path of ["tmp/draft", "packages/x.deb", "contexts/x", "locks/x"])
    writeFileSync(join(work.root, path), "x".repeat(5000));
  mkdirSync(join(work.root, "tmp/folder/deep"), { recursive: true });
  mkdirSync(join(work.root, "packages/lists"));
  assert.deepEqual({ ...(await prune(work)), bytes: 0 }, { ...NOTHING, temporary: 2 });
  assert.deepEqual(content(work.root), ["contexts/x", "packages/lists", "packages/x.deb"]);
  assert.deepEqual({ ...(await prune(work, { all: true })), bytes: 0 }, NOTHING);
  assert.deepEqual(content(work.root), []);
});

test("the bytes are those that the removed files had on the disk, and a dry run tells the same", async () => {
  using work = await workspace();
  const layer = await tarLayer(work.store, { a: "x".repeat(100_000) });
  const record = await imageOf(work.store, [layer]);
  const parts = [
    work.store.blobs.path(record.id),
    work.store.blobs.path(await layer.diffId()),
    join(work.root, "layers", layer.id),
  ];
  const bytes = (await Promise.all(parts.map((path) => diskUsage(path)))).reduce(
    (sum, size) => sum + size,
    0,
  );
  assert.equal(bytes > 100_000, true);
  const before = content(work.root);
  const expected = { ...NOTHING, images: 1, layers: 1, blobs: 2, bytes };
  assert.deepEqual(await prune(work, { dryRun: true }), expected);
  assert.deepEqual(content(work.root), before);
  assert.deepEqual(await prune(work), expected);
  assert.equal(existsSync(join(work.root, "layers", layer.id)), false);
});

test("damaged records of images do not stop prune, and free what they named", async () => {
  using work = await workspace();
  const record = await imageOf(work.store, [await tarLayer(work.store, { a: "1" })], "app");
  const kept = await imageOf(work.store, [await tarLayer(work.store, { a: "2" })], "kept");
  writeFileSync(join(work.root, "images", `${record.id.slice(7)}.json`), "{");
  const report = await prune(work);
  assert.deepEqual({ ...report, bytes: 0 }, { ...NOTHING, layers: 1, blobs: 2 });
  await verifyImage(work.store, kept);
});

test("what prune was killed in the middle of is ended by the next one", async () => {
  using work = await workspace();
  const layer = await tarLayer(work.store, { a: "1" });
  const record = await imageOf(work.store, [layer], "app");
  // As far as the image and the index have gone, and the layer is on its way.
  await work.store.images.untag(ref("app"));
  await work.store.images.remove(record.id);
  const { rename } = await import("node:fs/promises");
  await rename(join(work.root, "layers", layer.id), join(work.root, "tmp", "grave"));
  assert.deepEqual({ ...(await prune(work)), bytes: 0 }, { ...NOTHING, blobs: 2, temporary: 1 });
  assert.deepEqual(content(work.root), ["blobs/sha256"]);
});

test("a scratch folder is in tmp/ and goes with whoever made it", async () => {
  using work = await workspace();
  {
    await using scratch = await work.store.scratch();
    writeFileSync(join(scratch.path, "x"), "text");
    assert.equal(
      readFileSync(join(work.root, "tmp", readdirSync(join(work.root, "tmp"))[0] as string, "x"), "utf8"),
      "text",
    );
  }
  assert.deepEqual(readdirSync(join(work.root, "tmp")), []);
});

test("of volumes only those without a name go, when that is asked for", async () => {
  using work = await workspace();
  const { volumes } = work.store;
  for (const [name, anonymous] of [
    ["data", false],
    ["f00d", true],
  ] as const)
    await volumes.open({ name, created: 0, labels: {}, anonymous });
  assert.equal((await work.store.prune({ all: true, dryRun: false })).volumes, 0);
  assert.equal((await work.store.prune({ all: true, dryRun: true, volumes: true })).volumes, 1);
  assert.equal((await work.store.prune({ all: true, dryRun: false, volumes: true })).volumes, 1);
  assert.deepEqual(
    volumes.list().map(({ name }) => name),
    ["data"],
  );
});

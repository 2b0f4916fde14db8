import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  assertTidy,
  collect,
  contents,
  directoryLayer,
  once,
  rejects,
  reopened,
  tarLayer,
  workspace,
} from "./fixtures.ts";

/** What may happen to an index on a failing disk. */
const INDEX_DAMAGES: Readonly<Record<string, (path: string) => void>> = {
  "cut off": (path) => truncateSync(path, 10),
  empty: (path) => truncateSync(path, 0),
  "one bit flipped": (path) => flip(path, 40),
  gone: (path) => rmSync(path),
};

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
}

test("a damaged index of a tar layer is made anew from the tar", async () => {
  using work = await workspace();
  const made = await tarLayer(work.store, { a: "one", b: "two" });
  const index = join(work.root, "layers", made.id, "index");
  const whole = await made.index();
  for (const [name, damage] of Object.entries(INDEX_DAMAGES)) {
    damage(index);
    assert.deepEqual(await contents(await reopened(work, made)), { a: "one", b: "two" }, name);
    assert.deepEqual(await (await reopened(work, made)).index(), whole, name);
    assertTidy(work);
  }
});

test("no index is made from a tar that is damaged itself: the layer is not there until it is added again", async () => {
  using work = await workspace();
  const made = await tarLayer(work.store, { a: "one" });
  const tar = await collect(made.tar());
  const diffId = await made.diffId();
  const blob = work.store.blobs.path(diffId);
  const damages = [
    () => flip(blob, 512),
    () => truncateSync(blob, 700),
    () => writeFileSync(blob, ""),
    () => rmSync(blob),
  ];
  for (const damage of damages) {
    const seen = await reopened(work, made);
    truncateSync(join(work.root, "layers", made.id, "index"), 10);
    damage();
    await assert.rejects(seen.index(), rejects("integrity-store", /^layer .* is damaged/));
    assert.equal(await (await work.reopen()).layers.get(made.id), undefined);
    assert.equal(await work.store.blobs.has(diffId), false);
    await work.store.layers.addTar(once(tar));
    assert.deepEqual(await contents(await reopened(work, made)), { a: "one" });
  }
  assertTidy(work);
});

test("a tar layer without its tar is not there, and what was unpacked from it is not used again", async () => {
  using work = await workspace();
  const made = await tarLayer(work.store, { a: "one" });
  const tar = await collect(made.tar());
  const root = join(work.root, "layers", made.id, "root");
  mkdirSync(root);
  writeFileSync(join(root, "a"), "0ne");
  flip(work.store.blobs.path(await made.diffId()), 512);
  await assert.rejects(collect(made.tar()), rejects("integrity-digest", /is damaged/));
  assert.equal(await work.store.layers.get(made.id), undefined);
  await work.store.layers.addTar(once(tar));
  assert.equal(existsSync(root), false);
  assert.deepEqual(await contents(await reopened(work, made)), { a: "one" });
});

test("a directory layer that is damaged is not there any more, and goes with prune", async () => {
  using work = await workspace();
  for (const [name, damage] of Object.entries(INDEX_DAMAGES)) {
    const made = await directoryLayer(work.store, { a: "one" });
    damage(join(work.root, "layers", made.id, "index"));
    const seen = await (await work.reopen()).layers.get(made.id);
    if (seen) await assert.rejects(seen.index(), rejects("integrity-store", /^layer .* is damaged/), name);
    assert.equal(await work.store.layers.get(made.id), undefined, name);
    await work.store.prune({ all: false, dryRun: false });
    assert.deepEqual(readdirSync(join(work.root, "layers")), [], name);
  }
});

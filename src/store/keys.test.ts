import assert from "node:assert/strict";
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hexOf } from "../base/index.ts";
import { keyOf, workspace } from "./fixtures.ts";

test("a cache record is there for who opens the store later, until it is removed", async () => {
  using work = await workspace();
  const { keys } = work.store;
  assert.equal(await keys.get(keyOf("a")), undefined);
  await keys.put(keyOf("a"), { result: { layers: ["1"] } });
  await keys.put(keyOf("b"), "text");
  await keys.put(keyOf("a"), { result: { layers: ["2"] } });
  const again = (await work.reopen()).keys;
  assert.deepEqual(await again.get(keyOf("a")), { result: { layers: ["2"] } });
  assert.deepEqual((await again.list()).toSorted(), [keyOf("a"), keyOf("b")].sort());
  await again.remove(keyOf("a"));
  await again.remove(keyOf("a"));
  assert.equal(await keys.get(keyOf("a")), undefined);
  assert.deepEqual(await keys.list(), [keyOf("b")]);
  assert.deepEqual(readdirSync(join(work.root, "tmp")), []);
});

test("a damaged cache record reads as absent, and can be written again", async () => {
  using work = await workspace();
  const { keys } = work.store;
  const key = keyOf("a");
  await keys.put(key, { some: "value" });
  const path = join(work.root, "keys", hexOf(key).slice(0, 2), `${hexOf(key)}.json`);
  for (const size of [0, 1, 10]) {
    truncateSync(path, size);
    assert.equal(await keys.get(key), undefined, String(size));
  }
  writeFileSync(path, Buffer.alloc(20));
  assert.equal(await keys.get(key), undefined);
  await keys.put(key, 7);
  assert.equal(await keys.get(key), 7);
});

test("what else is in the folder of cache records is no record", async () => {
  using work = await workspace();
  const folder = join(work.root, "keys");
  writeFileSync(join(folder, "README"), "");
  mkdirSync(join(folder, "ab"));
  writeFileSync(join(folder, "ab", "note.txt"), "");
  writeFileSync(join(folder, "ab", "note.json"), "{}");
  assert.deepEqual(await work.store.keys.list(), []);
});

test("many writers of one cache record leave one of their values", async () => {
  using work = await workspace();
  const key = keyOf("a");
  await Promise.all(Array.from({ length: 50 }, (_, value) => work.store.keys.put(key, { value })));
  const { value } = (await work.store.keys.get(key)) as { readonly value: number };
  assert.equal(value >= 0 && value < 50, true);
  assert.deepEqual(await work.store.keys.list(), [key]);
  assert.deepEqual(readdirSync(join(work.root, "tmp")), []);
});

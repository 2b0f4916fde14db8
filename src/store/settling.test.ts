import assert from "node:assert/strict";
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  assertTidy,
  collect,
  contents,
  directoryLayer,
  fileEntry,
  once,
  reopened,
  tarLayer,
  workspace,
} from "./fixtures.ts";

test("a directory layer of another boot is not there until it has been settled in its own", async () => {
  using work = await workspace();
  const [lost, settled] = [
    await directoryLayer(work.store, { a: "1" }),
    await directoryLayer(work.store, {}),
  ];
  await work.store.layers.settle([settled, settled, await tarLayer(work.store, { a: "1" })]);
  for (const { id } of [lost, settled]) {
    const path = join(work.root, "layers", id, "layer.json");
    const record = JSON.parse(readFileSync(path, "utf8"));
    assert.equal(typeof record.boot, id === lost.id ? "string" : "undefined");
    writeFileSync(path, JSON.stringify({ ...record, ...(record.boot && { boot: "another" }) }));
  }
  const { layers } = await work.reopen();
  assert.equal(await layers.get(lost.id), undefined);
  assert.equal((await layers.get(settled.id))?.id, settled.id);
  await assert.doesNotReject(layers.settle([settled]));
});

test("a layer that did not wait for the disk is settled with others, and says so until then", async () => {
  using work = await workspace();
  const add = (text: string, unsettled: boolean) =>
    work.store.layers.addEntries([fileEntry("a", text)], () => once(text), { unsettled });
  const mark = ({ id }: { readonly id: string }) => existsSync(join(work.root, "layers", id, "unsynced"));
  const [quick, synced] = [await add("quick", true), await add("synced", false)];
  assertTidy(work);
  assert.deepEqual([mark(quick), mark(synced)], [true, false]);
  assert.deepEqual(await contents(await reopened(work, quick)), { a: "quick" });
  await work.store.layers.settle([quick, synced]);
  assert.equal(mark(quick), false);
  const tar = await collect(synced.tar());
  const again = await work.store.layers.addTar(once(tar), { unsettled: true });
  assert.deepEqual([again.id, mark(again)], [synced.id, false], "what was synced stays so");
  assertTidy(work);
});

test("in another boot a layer that was not settled is trusted only when it is what it was", async () => {
  using work = await workspace();
  const add = (text: string) =>
    work.store.layers.addEntries([fileEntry("a", text)], () => once(text), { unsettled: true });
  const layers = [await add("whole"), await add("torn"), await add("index")];
  const [whole, torn, index] = layers.map(({ id }) => join(work.root, "layers", id));
  for (const folder of [whole, torn, index])
    writeFileSync(join(folder as string, "unsynced"), "another boot");
  truncateSync(work.store.blobs.path(await layers[1]!.diffId()), 100);
  truncateSync(join(index as string, "index"), 0);
  assert.deepEqual(await contents(await reopened(work, layers[0]!)), { a: "whole" });
  assert.equal(existsSync(join(whole as string, "unsynced")), false, "it is not read twice");
  assert.equal(await (await work.reopen()).layers.get(layers[1]!.id), undefined);
  assert.deepEqual(await contents(await reopened(work, layers[2]!)), { a: "index" });
  assert.deepEqual(await contents(await add("torn")), { a: "torn" }, "made anew");
  assert.deepEqual(await contents(await reopened(work, layers[1]!)), { a: "torn" });
});

test("in another boot a compressed form is trusted only when it is what it was, and else made again", async () => {
  using work = await workspace();
  const layers = [await tarLayer(work.store, { a: "whole" }), await tarLayer(work.store, { a: "torn" })];
  const made = await Promise.all(layers.map((layer) => layer.descriptor()));
  const path = (at: number) => join(work.root, "layers", layers[at]!.id, "layer.json");
  const record = (at: number) => JSON.parse(readFileSync(path(at), "utf8"));
  for (const at of [0, 1]) {
    assert.equal(typeof record(at).gzipBoot, "string", "nobody has waited for the disk");
    writeFileSync(path(at), JSON.stringify({ ...record(at), gzipBoot: "another" }));
  }
  truncateSync(work.store.blobs.path(made[1]!.digest), 10);
  const [whole, torn] = [await reopened(work, layers[0]!), await reopened(work, layers[1]!)];
  assert.deepEqual([await whole.descriptor(), await torn.descriptor()], made);
  assert.equal(record(0).gzipBoot, undefined, "it is not read twice");
  assert.equal(typeof record(1).gzipBoot, "string");
  assert.equal(await work.store.blobs.size(made[1]!.digest), made[1]!.size);
  assertTidy(work);
});

import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dirEntry, fileEntry, tarLayer, workspace } from "./fixtures.ts";

test("what was noted of a layer is there for other processes, replaced by the next note, lost with the layer", async () => {
  using place = await workspace();
  const layer = await tarLayer(place.store, { a: "1" });
  assert.equal(await layer.note("x"), undefined);
  await layer.keepNote("x", Buffer.from("one"));
  await layer.keepNote("x", Buffer.from("two"));
  const again = await (await place.reopen()).layers.get(layer.id);
  assert.equal(String(await again?.note("x")), "two");
  rmSync(join(place.root, "layers", layer.id), { recursive: true });
  await layer.keepNote("x", Buffer.from("three"));
  assert.equal(await layer.note("x"), undefined);
});

test("pieces of files are read in both forms of a layer; a file that is gone is an integrity error", async () => {
  using place = await workspace();
  const folder = join(place.root, "tmp/ran");
  mkdirSync(folder);
  writeFileSync(join(folder, "a"), "0123456789");
  writeFileSync(join(folder, "b"), "b");
  const ran = await place.store.layers.addDirectory(folder, {
    entries: [dirEntry(""), fileEntry("a", "0123456789"), fileEntry("b", "b")],
  });
  for (const layer of [ran, await tarLayer(place.store, { a: "0123456789", b: "b" })]) {
    const { entries } = await layer.index();
    const [a, b] = ["a", "b"].map((path) => entries.find((entry) => entry.path === path));
    assert.ok(a && b);
    using parts = await layer.parts();
    assert.equal(String(parts.read(a, 2, 3)), "234");
    assert.equal(String(parts.read(a, 8, 100)), "89");
    assert.equal(String(parts.read({ ...a, path: "c", kind: "hardlink", link: "nothing" }, 0, 9)), "");
    assert.equal(String(parts.read(b, 0, 100)), "b");
    assert.equal(parts.read(b, 5, 1).length, 0);
  }
  rmSync(join(place.root, "layers", ran.id, "root/a"));
  using parts = await ran.parts();
  const [gone] = (await ran.index()).entries.filter(({ path }) => path === "a");
  assert.ok(gone);
  assert.throws(() => parts.read(gone, 0, 1), { code: "integrity-store" });
});

import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sha256 } from "../base/index.ts";
import { assertTidy, collect, contents, directoryLayer, rejects, reopened, workspace } from "./fixtures.ts";

test("a directory layer has the same tar each time, and remembers its digest", async () => {
  using work = await workspace();
  const made = await directoryLayer(work.store, { a: "one", b: "two" });
  assert.equal(made.form, "directory");
  const layer = await reopened(work, made);
  assert.deepEqual(await contents(layer), { a: "one", b: "two" });
  const tar = await collect(layer.tar());
  assert.equal(tar.length, await layer.tarSize());
  assert.equal(await layer.diffId(), sha256(tar));
  assert.equal(tar.equals(await collect(layer.tar())), true);
  const record = JSON.parse(readFileSync(join(work.root, "layers", made.id, "layer.json"), "utf8"));
  assert.equal(record.diffId, sha256(tar));
  assert.equal(await layer.directory(), join(work.root, "layers", made.id, "root"));
  assertTidy(work);
});

test("a directory layer's first tar tells its digest, and a later one that differs ends with an error", async () => {
  using work = await workspace();
  const made = await directoryLayer(work.store, { a: "one" });
  const tar = await collect(made.tar());
  const file = join(work.root, "layers", made.id, "root", "a");
  writeFileSync(file, "0ne");
  for (const layer of [made, await reopened(work, made)]) {
    assert.equal(await layer.diffId(), sha256(tar));
    await assert.rejects(collect(layer.tar()), rejects("integrity-store", /has changed/));
  }
  rmSync(file);
  await assert.rejects(collect(made.tar()), rejects("integrity-store", /a in the store/));
});

test("digests of contents are computed once and then remembered, torn lines left out", async () => {
  using work = await workspace();
  const made = await directoryLayer(work.store, { a: "one", b: "two" });
  const layer = await reopened(work, made);
  const files = (await layer.index()).entries.filter(({ kind }) => kind === "file");
  const expected = new Map([
    ["a", sha256("one")],
    ["b", sha256("two")],
  ]);
  assert.deepEqual(await layer.contentDigests(files), expected);
  const folder = join(work.root, "layers", made.id);
  writeFileSync(join(folder, "root", "a"), "1ne");
  assert.deepEqual(await layer.contentDigests(files), expected);
  truncateSync(join(folder, "digests"), statSync(join(folder, "digests")).size - 3);
  appendFileSync(join(folder, "digests"), `\n${sha256("x")} \nsha256:1 "b"\n`);
  assert.deepEqual(await layer.contentDigests(files), expected);
});

test("a file of a directory layer that was changed behind our back is not taken for the layer's", async () => {
  using work = await workspace();
  const layer = await directoryLayer(work.store, { a: "one", b: "two", c: "six" });
  const root = await layer.directory();
  appendFileSync(join(root, "a"), "!");
  truncateSync(join(root, "b"), 1);
  rmSync(join(root, "c"));
  const [a, b, c] = (await layer.index()).entries.slice(-3);
  await assert.rejects(
    collect(layer.read(a!)),
    rejects("integrity-store", /^a in the store has more than 3/),
  );
  await assert.rejects(collect(layer.read(b!)), rejects("integrity-store", /^b in .* 1 bytes instead of 3/));
  await assert.rejects(collect(layer.read(c!)), rejects("integrity-store", /^c in .* ENOENT/));
});

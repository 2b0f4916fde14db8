import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { sha256 } from "../base/index.ts";
import { scanDirectory } from "../tree/index.ts";
import {
  assertTidy,
  collect,
  contents,
  dirEntry,
  directoryLayer,
  fileEntry,
  once,
  rejects,
  reopened,
  tarLayer,
  workspace,
} from "./fixtures.ts";

/** What only root can do; the suite runs as both. */
const rootTest = process.getuid?.() === 0 ? test : () => undefined;

test("a layer made of entries is there when the store is opened again, with its digests", async () => {
  using work = await workspace();
  const made = await tarLayer(work.store, { a: "one", b: "", c: "three" });
  assertTidy(work);
  const layer = await reopened(work, made);
  assert.deepEqual(await contents(layer), { a: "one", b: "", c: "three" });
  assert.deepEqual([layer.form, layer.size, `sha256:${layer.id}`], ["tar", 8, await layer.diffId()]);
  const tar = await collect(layer.tar());
  assert.equal(sha256(tar), await layer.diffId());
  assert.equal(tar.length, await layer.tarSize());
  const { entries } = await layer.index();
  assert.deepEqual(
    entries.map(({ digest }) => digest),
    [sha256("one"), undefined, sha256("three")],
  );
});

test("the same tar, given as one, is the same layer", async () => {
  using work = await workspace();
  const made = await tarLayer(work.store, { a: "one", b: "two" });
  const tar = await collect(made.tar());
  const given = await work.store.layers.addTar(once(tar), { expected: await made.diffId() });
  assert.equal(given.id, made.id);
  assert.deepEqual(await contents(given), { a: "one", b: "two" });
  assert.deepEqual(readdirSync(join(work.root, "layers")), [made.id]);
  using fresh = await workspace();
  const alone = await fresh.store.layers.addTar(once(tar));
  assert.equal(alone.id, made.id);
  assert.deepEqual(await contents(await reopened(fresh, alone)), { a: "one", b: "two" });
  assertTidy(fresh);
});

test("a tar with another digest, or that is none, is refused and leaves nothing", async () => {
  using work = await workspace();
  const { layers } = work.store;
  const wrong = layers.addTar(once("x"), { expected: sha256("y") });
  await assert.rejects(wrong, rejects("integrity-digest", /should have/));
  await assert.rejects(layers.addTar(once(Buffer.alloc(512, 1))), rejects("integrity-archive", /./));
  assert.deepEqual(readdirSync(join(work.root, "layers")), []);
  assertTidy(work);
});

test("a source that breaks, or is not as long as its entry says, leaves nothing", async () => {
  using work = await workspace();
  const entries = [fileEntry("a", "four"), fileEntry("b", "x")];
  for (const text of ["fou", "fours"])
    await assert.rejects(
      work.store.layers.addEntries(entries, () => once(text)),
      rejects("integrity-archive", /\ba\b/),
    );
  const reason = new Error("broken");
  const broken = () => {
    throw reason;
  };
  await assert.rejects(work.store.layers.addEntries(entries, broken), reason);
  assert.deepEqual(readdirSync(join(work.root, "layers")), []);
  assert.deepEqual(await work.store.blobs.list(), []);
  assertTidy(work);
});

test("a content that is not the one of its entry's digest is not stored", async () => {
  using work = await workspace();
  const entries = [{ ...fileEntry("a", "one"), digest: sha256("one") }];
  await work.store.layers.addEntries(entries, () => once("one"));
  const before = readdirSync(join(work.root, "layers"));
  await assert.rejects(
    work.store.layers.addEntries(entries, () => once("0ne")),
    rejects("integrity-store", /^a was copied/),
  );
  assert.deepEqual(readdirSync(join(work.root, "layers")), before);
  assertTidy(work);
});

test("the gzip form is made once for both forms, and again when its blob is gone", async () => {
  using work = await workspace();
  for (const make of [tarLayer, directoryLayer]) {
    const layer = await make(work.store, { a: "text".repeat(1000) });
    const descriptor = await layer.descriptor();
    assert.equal(descriptor.mediaType, "application/vnd.oci.image.layer.v1.tar+gzip");
    const bytes = await collect(work.store.blobs.get(descriptor.digest));
    assert.equal(bytes.length, descriptor.size);
    assert.equal(sha256(gunzipSync(bytes)), await layer.diffId());
    assert.deepEqual(await (await reopened(work, layer)).descriptor(), descriptor);
    rmSync(work.store.blobs.path(descriptor.digest));
    assert.deepEqual(await (await reopened(work, layer)).descriptor(), descriptor);
    assert.equal(await work.store.blobs.has(descriptor.digest), true);
  }
});

test("a layer whose record is damaged, or is not there, reads as absent", async () => {
  using work = await workspace();
  const { id } = await tarLayer(work.store, { a: "1" });
  const path = join(work.root, "layers", id, "layer.json");
  const good = JSON.parse(readFileSync(path, "utf8"));
  const bad = ["", "{", "null", "7", "{}", { ...good, id: "abc" }, { ...good, form: "x" }];
  for (const value of [...bad, { ...good, diffId: "sha256:1" }, { ...good, size: "1" }]) {
    writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
    assert.equal(await work.store.layers.get(id), undefined, JSON.stringify(value));
  }
  for (const odd of ["", "..", "a/b", "0".repeat(64), `${id}/`])
    assert.equal(await work.store.layers.get(odd), undefined, odd);
});

test("a layer whose record is damaged is repaired by adding it again", async () => {
  using work = await workspace();
  const made = await tarLayer(work.store, { a: "one" });
  const tar = await collect(made.tar());
  writeFileSync(join(work.root, "layers", made.id, "layer.json"), "");
  await work.store.layers.addTar(once(tar));
  assert.deepEqual(await contents(await reopened(work, made)), { a: "one" });
  assertTidy(work);
});

test("many writers of the same layer make one, and each of them can use it", async () => {
  using work = await workspace();
  const made = await Promise.all(
    Array.from({ length: 10 }, async () => tarLayer(await work.reopen(), { a: "one", b: "two" })),
  );
  assert.equal(new Set(made.map(({ id }) => id)).size, 1);
  for (const layer of made) assert.deepEqual(await contents(layer), { a: "one", b: "two" });
  assert.deepEqual(readdirSync(join(work.root, "layers")), [made[0]?.id]);
  assertTidy(work);
});

rootTest("a tar layer becomes a directory with all that its entries say, once", async () => {
  using work = await workspace();
  const facts = { mode: 0o4751, uid: 7, gid: 8, mtime: -5, size: 0 };
  const entries = [
    { ...dirEntry("d"), mode: 0o1777, mtime: 99, uid: 3 },
    { ...fileEntry("d/file", "text"), ...facts, size: 4 },
    { ...facts, path: "d/link", kind: "symlink" as const, mode: 0o777, link: "../../etc" },
    { ...fileEntry("e", "x"), mode: 0 },
    { ...facts, path: "f", kind: "hardlink" as const, link: "d/file" },
    { ...facts, path: "g", kind: "char" as const, device: { major: 1, minor: 3 } },
    { ...facts, path: "h", kind: "fifo" as const },
  ];
  const made = await work.store.layers.addEntries(entries, ({ size }) => once(size === 4 ? "text" : "x"));
  assert.deepEqual(await contents(made), { "d/file": "text", e: "x", f: "text" });
  const root = await made.directory();
  const found = await scanDirectory(root, { xattrs: false });
  const { entries: expected } = await made.index();
  const plain = expected.map(({ digest: _digest, offset: _offset, ...entry }) => entry);
  assert.deepEqual(found.slice(1).map(summary), plain.map(summary));
  const inode = statSync(root).ino;
  assert.equal(statSync(await (await reopened(work, made)).directory()).ino, inode);
  await work.store.layers.settle([made]);
  assert.equal(existsSync(join(root, "../unsettled")), false);
  assertTidy(work);
});

/** A hard link's facts are those of the file. */
function summary(entry: { readonly kind: string; readonly path: string }): unknown {
  return entry.kind === "hardlink" ? { kind: entry.kind, path: entry.path } : entry;
}

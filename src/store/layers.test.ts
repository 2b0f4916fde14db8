import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
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

import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Digest, hexOf, sha256, TareError } from "../base/index.ts";
import { canonicalName } from "../oci/index.ts";
import { imageOf, ref, tarLayer, verifyImage, workspace } from "./fixtures.ts";
import type { ImageStore } from "./images.ts";

async function names(images: ImageStore): Promise<readonly (readonly string[])[]> {
  const listed = await images.list();
  return listed.map(({ references }) => references.map(canonicalName)).sort();
}

async function idOf(images: ImageStore, name: string): Promise<string | undefined> {
  return (await images.resolve(name))?.id;
}

test("an image is found by every way to write its name, and by its id", async () => {
  using work = await workspace();
  const layer = await tarLayer(work.store, { a: "one" });
  const { id } = await imageOf(work.store, [layer, layer], "app");
  const { images } = await work.reopen();
  const hex = hexOf(id as `sha256:${string}`);
  const ways = ["app", "app:latest", "library/app", "docker.io/app", "docker.io/library/app:latest"];
  for (const name of [...ways, id, hex, hex.slice(0, 4), `sha256:${hex.slice(0, 12)}`])
    assert.equal(await idOf(images, name), id, name);
  const wrong = ["app:1", "other", "localhost/app", hex.slice(0, 3), "0000", `${hex}0`, "", "A b"];
  for (const name of wrong) assert.equal(await idOf(images, name), undefined, name);
  const record = await images.resolve("app");
  assert.deepEqual(record, {
    id,
    layers: [layer.id, layer.id],
    platform: { os: "linux", architecture: "amd64" },
    size: 6,
    storedAt: 1_700_000_000_000,
  });
  await verifyImage(await work.reopen(), record);
});

test("a name leaves the image that it pointed to, which stays without a name", async () => {
  using work = await workspace();
  const { images } = work.store;
  const one = await imageOf(work.store, [await tarLayer(work.store, { a: "1" })], "app:1", "app", "app");
  const two = await imageOf(work.store, [await tarLayer(work.store, { a: "2" })]);
  assert.deepEqual(await names(images), [[], ["docker.io/library/app:1", "docker.io/library/app:latest"]]);
  await images.tag(ref("app"), two.id);
  await images.untag(ref("app:1"));
  await images.untag(ref("app:1"));
  assert.equal(await idOf(images, "app"), two.id);
  assert.deepEqual(await names(images), [[], ["docker.io/library/app:latest"]]);
  assert.equal(await idOf(images, one.id), one.id);
});

test("the same image, put again, is one", async () => {
  using work = await workspace();
  const layer = await tarLayer(work.store, { a: "1" });
  const [a, b] = await Promise.all([imageOf(work.store, [layer], "a"), imageOf(work.store, [layer], "b")]);
  assert.equal(a.id, b.id);
  assert.deepEqual(await names(work.store.images), [
    ["docker.io/library/a:latest", "docker.io/library/b:latest"],
  ]);
});

test("a removed image is not found by its names any more", async () => {
  using work = await workspace();
  const { images } = work.store;
  const { id } = await imageOf(work.store, [], "app");
  await images.remove(id);
  await images.remove(id);
  assert.equal(await idOf(images, "app"), undefined);
  assert.equal(await idOf(images, id), undefined);
  assert.deepEqual(await images.list(), []);
});

test("names longer than a file name can be, and names with a digest, are names like others", async () => {
  using work = await workspace();
  const { images } = work.store;
  const one = await imageOf(work.store, [await tarLayer(work.store, { a: "1" })]);
  const two = await imageOf(work.store, [await tarLayer(work.store, { a: "2" })]);
  const long = `registry.example.com:5000/${"deep/".repeat(45)}${"a".repeat(20)}`;
  const [first, second] = [`${long}:${"t".repeat(128)}`, `${long}:${"t".repeat(127)}u`];
  await images.tag(ref(first), one.id);
  await images.tag(ref(second), two.id);
  await images.tag(ref(`app@${one.id}`), one.id);
  assert.equal(await idOf(images, first), one.id);
  assert.equal(await idOf(images, second), two.id);
  assert.equal(await idOf(images, `app@${one.id}`), one.id);
  assert.equal(await idOf(images, "app"), undefined);
  assert.deepEqual(await names(images), [[`docker.io/library/app@${one.id}`, first], [second]]);
  await images.untag(ref(first));
  assert.equal(await idOf(images, first), undefined);
  assert.equal(await idOf(images, second), two.id);
});

test("the beginning of several ids is refused, a name that looks like one is a name", async () => {
  using work = await workspace();
  const { images } = work.store;
  const folder = join(work.root, "images");
  for (const end of ["0", "1"]) {
    const id = `sha256:abcd${end.repeat(60)}`;
    writeFileSync(join(folder, `${id.slice(7)}.json`), JSON.stringify({ id, layers: [] }));
  }
  await assert.rejects(images.resolve("abcd"), (error) => {
    assert.ok(error instanceof TareError, "it is a TareError");
    assert.equal(error.code, "user-bad-reference");
    assert.equal(error.message, "abcd is the beginning of 2 image ids");
    assert.ok(error.facts.hint, "it has a hint");
    return true;
  });
  assert.equal(await idOf(images, "abcd1"), `sha256:abcd${"1".repeat(60)}`);
  const { id } = await imageOf(work.store, [], "abcd");
  assert.equal(await idOf(images, "abcd"), id);
});

test("damaged records of images and names read as absent", async () => {
  using work = await workspace();
  const { images } = work.store;
  const { id } = await imageOf(work.store, [], "app");
  const nameFile = join(work.root, "refs", readdirSync(join(work.root, "refs"))[0] as string);
  const badNames = ["", "{", "null", "[]", '{"name":"app"}', `{"name":"A b","id":"${id}"}`];
  for (const text of [...badNames, '{"name":"app","id":"sha256:../../x"}', '{"name":"app","id":"x"}']) {
    writeFileSync(nameFile, text);
    assert.equal(await idOf(images, "app"), undefined, text);
    assert.deepEqual(await names(images), [[]], text);
  }
  const imageFile = join(work.root, "images", `${id.slice(7)}.json`);
  for (const text of ["", "{", "null", "7", "{}", `{"id":"${id}"}`, '{"id":"x","layers":[]}']) {
    writeFileSync(imageFile, text);
    assert.deepEqual(await images.list(), [], text);
    assert.equal(await idOf(images, id), undefined, text);
  }
});

test("a config that is gone is missed by its digest", async () => {
  using work = await workspace();
  const record = await imageOf(work.store, [], "app");
  rmSync(work.store.blobs.path(record.id));
  await assert.rejects(work.store.images.config(record), { code: "integrity-store" });
});

test("tables of contents are believed as long as all manifests of an image name the same", async () => {
  using work = await workspace();
  const { images } = work.store;
  const { id } = await tarLayer(work.store, { a: "1" });
  const [one, two] = [sha256("one"), sha256("two")];
  const cases: readonly (readonly (Digest | undefined)[])[] = [
    [one],
    [one, one],
    [one, two, two],
    [one, undefined, one],
    [undefined, one],
  ];
  for (const [at, named] of cases.entries()) {
    const image = {
      config: Buffer.from(JSON.stringify({ os: "linux", architecture: "amd64", at })),
      layers: [{ id, size: 1 }],
      platform: { os: "linux", architecture: "amd64" },
      storedAt: 0,
    };
    for (const digest of named) await images.put({ ...image, ...(digest && { listed: { [id]: digest } }) });
    const record = await images.resolve(sha256(image.config));
    const isAgreed = named.every((digest) => digest === one);
    assert.deepEqual(record?.listed, isAgreed ? { [id]: one } : undefined, String(named));
    assert.equal(record?.isDisputed, isAgreed ? undefined : true);
  }
});

import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type Digest, sha256 } from "../base/index.ts";
import { type Platform, parsePlatform } from "../oci/index.ts";
import { ref, tarLayer, verifyImage, type Workspace, workspace } from "./fixtures.ts";
import { openStore } from "./store.ts";

const HOST: Platform = { os: "linux", architecture: "amd64" };

/** An image for a platform, whose one layer no other image has. */
async function imageFor({ store }: Pick<Workspace, "store">, text: string): Promise<Digest> {
  const platform = parsePlatform(text, HOST);
  const layer = await tarLayer(store, { a: text });
  const config = { ...platform, rootfs: { type: "layers", diff_ids: [await layer.diffId()] } };
  const bytes = Buffer.from(JSON.stringify(config));
  return (await store.images.put({ config: bytes, layers: [layer], platform, storedAt: 0 })).id;
}

test("a name leads to images for several platforms, in one order, and each is found by its platform", async () => {
  using work = await workspace();
  const [s390x, arm64, amd64] = await Promise.all(
    ["linux/s390x", "linux/arm64", "linux/amd64"].map((text) => imageFor(work, text)),
  );
  const images = [s390x, arm64, amd64, arm64] as Digest[];
  await work.store.images.tag(ref("app"), { images, isIndex: true, root: sha256("index") });
  const found = await work.store.images.named("app");
  assert.deepEqual(
    [found?.images, found?.isIndex, found?.root],
    [[amd64, arm64, s390x], true, sha256("index")],
  );
  const asked = async (host: string, platform?: string) => {
    const store = await openStore(work.root, { host: parsePlatform(host, HOST) });
    const wanted = platform === undefined ? undefined : parsePlatform(platform, HOST);
    return (await store.images.resolve("app", wanted))?.id;
  };
  assert.equal(await asked("linux/arm64"), arm64);
  assert.equal(await asked("linux/arm64/v9"), arm64);
  assert.equal(await asked("linux/ppc64le"), amd64);
  assert.equal(await asked("linux/arm64", "linux/s390x"), s390x);
  assert.equal(await asked("linux/arm64", "linux/ppc64le"), undefined);
  assert.equal(await work.store.images.resolve(amd64 as Digest, parsePlatform("arm64", HOST)), undefined);
});

test("a further name has what the first one has, and nothing of its own", async () => {
  using work = await workspace();
  const { images } = work.store;
  const annotations = [{ on: "manifest", key: "k", value: "v" }] as const;
  const target = { images: [await imageFor(work, "linux/arm64")], isIndex: true, annotations };
  await images.tag(ref("app"), target);
  await images.tag(ref("other"), (await images.named("app")) ?? assert.fail());
  const { reference, ...found } = (await images.named("other")) ?? assert.fail();
  assert.deepEqual([reference.path, found], ["library/other", target]);
  const records = readdirSync(join(work.root, "refs")).map((file) =>
    Object.keys(JSON.parse(readFileSync(join(work.root, "refs", file), "utf8"))),
  );
  assert.deepEqual(records[0], records[1]);
});

test("what an index leads to is kept as long as its name is, whatever else had its images", async () => {
  using work = await workspace();
  const images = await Promise.all(["linux/amd64", "linux/arm64"].map((text) => imageFor(work, text)));
  await work.store.images.tag(ref("app"), { images, isIndex: true });
  await work.store.prune({ all: true, dryRun: false });
  const store = await work.reopen();
  for (const id of images) {
    const record = await store.images.resolve(id);
    assert.ok(record);
    await verifyImage(store, record);
  }
  assert.deepEqual(
    (await store.usage()).map((item) => item.images),
    [1, 1],
  );
  await store.images.untag(ref("app"));
  const report = await store.prune({ all: true, dryRun: false });
  assert.deepEqual([report.images, report.layers], [2, 2]);
});

test("names of an older store lead to their one image, and one that is damaged to nothing", async () => {
  using work = await workspace();
  const id = await imageFor(work, "linux/amd64");
  await work.store.images.tag(ref("app"), id);
  const [file = ""] = readdirSync(join(work.root, "refs"));
  const path = join(work.root, "refs", file);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { name: "docker.io/library/app:latest", id });
  assert.deepEqual((await work.store.images.named("app"))?.images, [id]);
  const damaged = [
    ...["x", [id, 7], ["sha256:1"], []].map((images) => ({ images })),
    { root: 5 },
    ...[5, [5], [null], [{ on: "index", key: "a" }]].map((annotations) => ({ annotations })),
  ];
  for (const facts of damaged) {
    writeFileSync(path, JSON.stringify({ name: "docker.io/library/app:latest", id, ...facts }));
    assert.equal(await (await work.reopen()).images.named("app"), undefined, JSON.stringify(facts));
  }
});

test("an image of an index that is gone keeps nobody from the others", async () => {
  using work = await workspace();
  const images = await Promise.all(["linux/amd64", "linux/arm64"].map((text) => imageFor(work, text)));
  await work.store.images.tag(ref("app"), { images, isIndex: true });
  await work.store.images.remove(images[0] as Digest);
  assert.equal((await work.store.images.resolve("app"))?.id, images[1]);
});

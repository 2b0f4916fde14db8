import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  type BuildRequest,
  describeImage,
  type PullRequest,
  pullAllTags,
  pullImage,
  pushImage,
  tagImage,
} from "../src/api/index.ts";
import { sha256 } from "../src/base/index.ts";
import { MEDIA_TYPE } from "../src/oci/index.ts";
import { addBlob, addManifest, startRegistry, type TestRegistry } from "../src/registry/fixtures.ts";
import { openStore } from "../src/store/index.ts";
import { buildImage, filesOf, folder } from "./harness.ts";

/** An image of one layer with one file, in a registry of tests. */
function put(
  server: TestRegistry,
  change: { readonly diffId?: string; readonly architecture?: string; readonly blob?: Buffer } = {},
) {
  const tar = Buffer.alloc(10_240);
  const fields = [
    "a/".padEnd(100, "\0"),
    "0000755\0",
    "0000000\0",
    "0000000\0",
    "0".repeat(11),
    "\0",
    "0".repeat(11),
    "\0",
  ];
  const header = fields.join("");
  tar.write(`${header}        5`, 0, "latin1");
  tar.write("ustar\x0000", 257, "latin1");
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  const layer = addBlob(server, "r", change.blob ?? gzipSync(tar));
  const rootfs = { type: "layers", diff_ids: [change.diffId ?? sha256(tar)] };
  const json = { os: "linux", architecture: change.architecture ?? "amd64", rootfs };
  const config = { ...addBlob(server, "r", Buffer.from(JSON.stringify(json))), mediaType: MEDIA_TYPE.config };
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPE.manifest, config, layers: [layer] };
  addManifest(server, { repository: "r", tag: "1", json: manifest, type: MEDIA_TYPE.manifest });
  return layer;
}

async function pullFrom(server: TestRegistry, root: string, request: Partial<PullRequest> = {}) {
  return pullImage({
    name: `${server.host}/r:1`,
    root,
    environment: {},
    platform: "linux/amd64",
    ...request,
  });
}

test("a pull through faults succeeds, and a wrong image never gets into the store", async () => {
  using place = folder({});
  const root = join(place.path, "store");
  const isBlob = (path: string) => path.includes("/blobs/");
  await using breaking = await startRegistry({
    fault: ({ path, nth }) => (isBlob(path) && nth === 1 ? { cutAfter: 20 } : undefined),
  });
  put(breaking);
  await pullFrom(breaking, root);
  const images = async () => (await (await openStore(root)).images.list()).length;
  assert.equal(await images(), 1);
  await using wrong = await startRegistry();
  put(wrong, { diffId: sha256("other") });
  await assert.rejects(pullFrom(wrong, root), { code: "integrity-digest" });
  await using damaged = await startRegistry();
  damaged.blobs.set(`r ${put(damaged).digest}`, Buffer.from("x"));
  using fresh = folder({});
  await assert.rejects(pullFrom(damaged, join(fresh.path, "s")), /integrity|ended after|digest/);
  await using foreign = await startRegistry();
  put(foreign, { architecture: "s390x" });
  await assert.rejects(pullFrom(foreign, root), { code: "resolve-image", message: /linux\/s390x/ });
  assert.equal(await images(), 1);
  assert.deepEqual(readdirSync(join(root, "tmp")), []);
});

test("an image whose layers are all here is pulled without asking for one", async () => {
  using place = folder({});
  await using server = await startRegistry();
  const layer = put(server);
  await pullFrom(server, place.path);
  const before = server.log.length;
  const pulled = await pullFrom(server, place.path);
  assert.equal(pulled.upToDate, true);
  assert.deepEqual(
    server.log.slice(before).filter((line) => line.includes(layer.digest)),
    [],
  );
  assert.deepEqual(
    server.log.slice(before).map((line) => line.split(" ")[1]),
    ["/v2/", "/v2/r/manifests/1"],
  );
});

test("all tags of a repository are pulled, each as one", async () => {
  using place = folder({});
  await using server = await startRegistry();
  put(server);
  server.manifests.set("r 2", server.manifests.get("r 1") as never);
  const request = { root: place.path, environment: {}, platform: "linux/amd64" };
  const pulled = await pullAllTags({ ...request, name: `${server.host}/r` });
  assert.deepEqual(
    pulled.map(({ name }) => name),
    [`${server.host}/r:1`, `${server.host}/r:2`],
  );
  const tagged = pullAllTags({ ...request, name: `${server.host}/r:1` });
  await assert.rejects(tagged, { code: "user-bad-reference" });
});

test("what an image says of a layer that is here already is not believed", async () => {
  using place = folder({});
  await using honest = await startRegistry();
  const checked = put(honest);
  await pullFrom(honest, place.path);
  await using lying = await startRegistry();
  // The layer of this diffID is here, so nobody fetches the blob that is said to be it.
  const junk = put(lying, { blob: Buffer.from("junk") });
  await pullFrom(lying, place.path);
  const store = await openStore(place.path);
  const [image] = await store.images.list();
  const remotes = await store.layers.remotes(image?.record.layers[0] ?? "");
  const digests = remotes.map(({ descriptor }) => descriptor.digest);
  assert.ok(digests.includes(checked.digest) && !digests.includes(junk.digest), digests.join(" "));
});

test("a base whose layers nobody reads stays in its registry: the image gets it from there", async () => {
  using place = folder({});
  const root = join(place.path, "store");
  await using server = await startRegistry();
  const layer = put(server);
  const name = `${server.host}/app:1`;
  const environment = {};
  const build = async (dockerfile: string, more: Partial<BuildRequest> = {}) => {
    using context = folder({ Dockerfile: dockerfile.replace("BASE", `${server.host}/r:1`), x: "x" });
    const request = { root, environment, platform: "linux/amd64", tags: [name] };
    return await buildImage({ ...request, context: context.path, outputs: [{ type: "registry" }], ...more });
  };
  const readings = () =>
    server.log.filter((line) => line.startsWith("GET") && line.includes(layer.digest)).length;
  const first = await build("FROM BASE\nENV A=b\nCOPY --link x /x\n");
  assert.equal(readings(), 0, server.log.join("\n"));
  const manifest = JSON.parse(Buffer.from(server.manifests.get("app 1")?.bytes ?? []).toString());
  assert.deepEqual(manifest.layers[0].digest, layer.digest);
  assert.ok(server.blobs.has(`app ${layer.digest}`));
  assert.equal(first.result.manifest, sha256(server.manifests.get("app 1")?.bytes as Uint8Array));

  // What stayed there goes on from there; what reads it has to have it first.
  await using other = await startRegistry();
  await tagImage({ source: name, target: `${other.host}/app:1`, root });
  const [onward] = await pushImage({ name: `${other.host}/app:1`, root, environment });
  assert.equal(onward?.digest, first.result.manifest);
  assert.ok(other.blobs.has(`app ${layer.digest}`));
  const before = readings();
  const again = await build("FROM BASE\nENV A=b\nCOPY --link x /x\n");
  assert.equal(again.result.imageId, first.result.imageId);
  assert.equal(readings(), before);
  await assert.rejects(describeImage({ image: name, root, environment }), {
    code: "integrity-store",
    message: /stayed in their registry/,
  });
  assert.equal(
    (await pullImage({ name, root, environment, platform: "linux/amd64" })).imageId,
    first.result.imageId,
  );
  assert.ok((await filesOf(name, root)).some(({ path }) => path === "x"));

  // A step that reads the base fetches it; an image that is to be whole here is.
  using fresh = folder({});
  const reading = await build("FROM BASE AS a\nFROM scratch\nCOPY --from=a /a /b\n", { root: fresh.path });
  assert.deepEqual(
    (await filesOf(reading.result.imageId ?? "", fresh.path)).map(({ path }) => path),
    ["", "b"],
  );
  using whole = folder({});
  await build("FROM BASE\nENV A=c\n", { root: whole.path });
  const kept = await build("FROM BASE\nENV A=c\n", { root: whole.path, outputs: [] });
  assert.equal((await filesOf(kept.result.imageId ?? "", whole.path)).length, 2);
});

test("a blob that is not the layer which its image promises never gets into the store", async () => {
  using place = folder({});
  await using server = await startRegistry();
  put(server, { diffId: sha256("other") });
  using context = folder({ Dockerfile: `FROM ${server.host}/r:1 AS a\nFROM scratch\nCOPY --from=a /a /b\n` });
  const request = { context: context.path, root: place.path, environment: {}, platform: "linux/amd64" };
  await assert.rejects(
    buildImage({ ...request, tags: [`${server.host}/app`], outputs: [{ type: "registry" }] }),
    {
      code: "integrity-digest",
    },
  );
  assert.deepEqual(readdirSync(join(place.path, "layers")), []);
  assert.ok(!server.manifests.has("app latest"));
});

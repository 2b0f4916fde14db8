import assert from "node:assert/strict";
import { readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Digest } from "../base/index.ts";
import { type Descriptor, MEDIA_TYPE } from "../oci/index.ts";
import { addBlob, addManifest, startRegistry, type TestRegistry } from "../registry/fixtures.ts";
import type { BuildEvent } from "../solver/index.ts";
import { openStore } from "../store/index.ts";
import { removeImages, tagImage } from "./images.ts";
import { inspectImage } from "./inspect.ts";
import { listImages } from "./list-images.ts";
import { loadImages } from "./load.ts";
import { configOf, inFolder, layerWith } from "./load-fixtures.ts";
import { pullImage } from "./pull.ts";
import { pushImage } from "./push.ts";
import { saveImages } from "./save.ts";

const environment = {};

/** An image of one uncompressed layer in a registry; what describes its manifest. */
function addPlainImage(server: TestRegistry, config: object, annotations?: object): Descriptor {
  const layer = layerWith("file", JSON.stringify(config));
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: {
      ...addBlob(server, "from", Buffer.from(configOf([layer], config))),
      mediaType: MEDIA_TYPE.config,
    },
    layers: [{ ...addBlob(server, "from", layer), mediaType: MEDIA_TYPE.layerTar }],
    ...(annotations && { annotations }),
  };
  return addManifest(server, { repository: "from", json, type: MEDIA_TYPE.manifest });
}

/** A document as BuildKit puts it beside an image. */
function addAttestation(server: TestRegistry, subject: Digest): Descriptor {
  const statement = Buffer.from(JSON.stringify({ about: subject }));
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: {
      ...addBlob(server, "from", Buffer.from(`{"architecture":"unknown","os":"unknown"}`)),
      mediaType: MEDIA_TYPE.config,
    },
    layers: [{ ...addBlob(server, "from", statement), mediaType: "application/vnd.in-toto+json" }],
  };
  return {
    ...addManifest(server, { repository: "from", json, type: MEDIA_TYPE.manifest }),
    annotations: {
      "vnd.docker.reference.digest": subject,
      "vnd.docker.reference.type": "attestation-manifest",
    },
    platform: { architecture: "unknown", os: "unknown" },
  };
}

function addIndex(server: TestRegistry, manifests: readonly object[], tag?: string): Descriptor {
  const annotations = { "org.opencontainers.image.description": "all of them" };
  const json = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests, annotations };
  const named = { repository: "from", json, type: MEDIA_TYPE.index };
  return addManifest(server, tag === undefined ? named : { ...named, tag });
}

/** Two platforms with documents beside them, one of the images in an index of the index. */
function severalImages(server: TestRegistry) {
  const images = ["amd64", "arm64"].map((architecture) => ({
    ...addPlainImage(server, { architecture }, { each: architecture }),
    platform: { os: "linux", architecture },
    annotations: { line: architecture },
  }));
  const documents = images.map(({ digest }) => addAttestation(server, digest));
  const nested = addIndex(server, images.slice(1));
  return { images, documents, root: addIndex(server, [...images.slice(0, 1), nested, ...documents], "1") };
}

const idOf = async (root: string, image: string, platform: string) =>
  (await inspectImage({ root, image, platform })).id;

test("images whose configs do not say their variants keep those of the index", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const [six, seven] = [
      addPlainImage(server, { architecture: "arm", created: "2020-01-01T00:00:00Z" }),
      addPlainImage(server, { architecture: "arm" }),
    ];
    const line = (image: Descriptor, variant: string) => ({
      ...image,
      platform: { os: "linux", architecture: "arm", variant },
    });
    const index = addIndex(server, [line(six, "v6"), line(seven, "v7")], "1");
    const name = `${server.host}/from:1`;
    const pulled = await pullImage({ name, root, environment, allPlatforms: true });
    assert.deepEqual([pulled.digest, pulled.upToDate], [index.digest, false]);
    const [v6, v7] = [await idOf(root, name, "linux/arm/v6"), await idOf(root, name, "linux/arm/v7")];
    assert.notEqual(v6, v7);
    assert.equal((await pullImage({ name, root, environment, allPlatforms: true })).upToDate, true);
    const alone = `${root}/alone`;
    for (const platform of ["linux/arm/v6", "linux/arm/v7"])
      await pullImage({ name, root: alone, environment, platform });
    assert.deepEqual(
      [await idOf(alone, name, "linux/arm/v6"), await idOf(alone, name, "linux/arm/v7")],
      [v6, v7],
    );
    await removeImages({ root, names: [name], platform: "linux/arm/v7" });
    assert.equal(await idOf(root, name, "linux/arm/v6"), v6);
  }));

test("one image for two platforms is kept for both, and goes for one alone", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const image = addPlainImage(server, { architecture: "amd64" });
    const lines = ["amd64", "arm64"].map((architecture) => ({
      ...image,
      platform: { os: "linux", architecture },
    }));
    const { digest } = addIndex(server, lines, "1");
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    const id = await idOf(root, name, "linux/amd64");
    assert.equal(await idOf(root, name, "linux/arm64"), id);
    await tagImage({ root, source: name, target: `${server.host}/to:1` });
    const [pushed] = await pushImage({ name: `${server.host}/to:1`, root, environment });
    assert.equal(pushed?.digest, digest);
    assert.deepEqual(
      await listImages({ root }).then((all) => all.map(({ platforms }) => platforms?.length)),
      [2],
    );
    const { deleted } = await removeImages({ root, names: [name], platform: "linux/arm64" });
    assert.deepEqual(deleted, []);
    assert.equal(await idOf(root, name, "linux/amd64"), id);
    await assert.rejects(idOf(root, name, "linux/arm64"), { code: "resolve-image" });
  }));

test("images for several versions of Windows are all kept; the newest of a build is meant", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const versions = ["10.0.17763.6189", "10.0.20348.900", "10.0.20348.2655"];
    const lines = versions.map((version) => ({
      ...addPlainImage(server, { os: "windows", "os.version": version }),
      platform: { os: "windows", architecture: "amd64", "os.version": version },
    }));
    const { digest } = addIndex(server, lines, "1");
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    const ids = await Promise.all(versions.map((one) => idOf(root, name, `windows(${one})/amd64`)));
    assert.equal(new Set(ids).size, 3);
    assert.equal(await idOf(root, name, "windows/amd64"), ids[2]);
    assert.equal(await idOf(root, name, "windows(10.0.17763)/amd64"), ids[0]);
    const one = await pullImage({ name, root: `${root}/one`, environment, platform: "windows/amd64" });
    assert.equal(one.imageId, ids[2]);
    await tagImage({ root, source: name, target: `${server.host}/to:1` });
    assert.equal((await pushImage({ name: `${server.host}/to:1`, root, environment }))[0]?.digest, digest);
  }));

test("what was pulled for all platforms and not changed is pushed as it was, documents and all, also after a prune", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    await using other = await startRegistry();
    const { root: index, documents } = severalImages(server);
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    await (await openStore(root)).prune({ all: true, dryRun: false });
    await tagImage({ root, source: name, target: `${server.host}/to:1` });
    const [pushed] = await pushImage({ name: `${server.host}/to:1`, root, environment });
    assert.equal(pushed?.digest, index.digest);
    const there = server.manifests.get("to 1");
    assert.deepEqual(there?.bytes, server.manifests.get("from 1")?.bytes);
    for (const { digest } of documents) {
      const manifest = JSON.parse(String(server.manifests.get(`to ${digest}`)?.bytes));
      for (const { digest: blob } of manifest.layers) assert.ok(server.blobs.has(`to ${blob}`));
    }
    // Elsewhere the layers are compressed, so the images are others: what the index says of them stays.
    const events: BuildEvent[] = [];
    await tagImage({ root, source: name, target: `${other.host}/to:1` });
    await pushImage({ name: `${other.host}/to:1`, root, environment }, (event) => events.push(event));
    const changed = JSON.parse(String(other.manifests.get("to 1")?.bytes));
    assert.deepEqual(changed.annotations, { "org.opencontainers.image.description": "all of them" });
    assert.deepEqual(
      changed.manifests.map(({ annotations }: Descriptor) => annotations),
      [{ line: "amd64" }, { line: "arm64" }],
    );
    const [first] = changed.manifests as readonly [Descriptor];
    assert.deepEqual(JSON.parse(String(other.manifests.get(`to ${first.digest}`)?.bytes)).annotations, {
      each: "amd64",
    });
    const notices = events.flatMap((event) => (event.type === "notice" ? [event.code] : []));
    assert.deepEqual(notices, ["documents-left"]);
  }));

test("an index is saved and loaded as it was, and goes with its last name", () =>
  inFolder(async (folder) => {
    await using server = await startRegistry();
    const { root: index, images } = severalImages(server);
    const [root, second, layout, again] = ["one", "two", "layout", "again"].map((one) =>
      join(folder, one),
    ) as [string, string, string, string];
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    await saveImages({ images: [name], root, format: "oci-dir", output: layout });
    const rootOf = (path: string) =>
      JSON.parse(readFileSync(join(path, "index.json"), "utf8")).manifests[0].digest;
    assert.equal(rootOf(layout), index.digest);
    await loadImages({ root: second, source: { path: layout } });
    assert.equal(
      (await inspectImage({ root: second, image: name, platform: "linux/arm64" })).manifest,
      images[1]?.digest,
    );
    await (await openStore(second)).prune({ all: true, dryRun: false });
    await saveImages({ images: [name], root: second, format: "oci-dir", output: again });
    assert.equal(rootOf(again), index.digest);
    await removeImages({ root: second, names: [name] });
    const store = await openStore(second);
    await store.prune({ all: true, dryRun: false });
    assert.deepEqual(await store.blobs.list(), []);
  }));

test("a name whose image is lost says so, and can be removed", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    severalImages(server);
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    const store = await openStore(root);
    const arm = await idOf(root, name, "linux/arm64");
    await store.images.remove(arm);
    const lost = { code: "integrity-store", message: /it has the name .*\/from:1, but .* lost/ };
    await assert.rejects(pushImage({ name, root, environment }), lost);
    await assert.rejects(
      saveImages({ images: [name], root, format: "oci-archive", output: join(root, "x") }),
      lost,
    );
    await store.images.remove(await idOf(root, name, "linux/amd64"));
    await assert.rejects(inspectImage({ root, image: name }), lost);
    await assert.rejects(tagImage({ root, source: name, target: "other" }), lost);
    await assert.rejects(saveImages({ images: [name], root, output: join(root, "x") }), lost);
    const { untagged, failures } = await removeImages({ root, names: [name] });
    assert.deepEqual([untagged, failures], [[name], []]);
    assert.deepEqual(await store.images.names(), []);
  }));

test("what is kept of an index and damaged afterwards is left out", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const { documents, root: index } = severalImages(server);
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    const store = await openStore(root);
    unlinkSync(store.blobs.path((documents[0] as Descriptor).digest));
    await tagImage({ root, source: name, target: `${server.host}/to:1` });
    const [pushed] = await pushImage({ name: `${server.host}/to:1`, root, environment });
    assert.notEqual(pushed?.digest, index.digest);
    const changed = JSON.parse(String(server.manifests.get("to 1")?.bytes));
    assert.equal(changed.manifests.length, 3);
  }));

test("an index that lies is refused, and the name leads nowhere; two images for one platform are not a lie", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const [one, other] = [addPlainImage(server, { variant: "v1" }), addPlainImage(server, {})];
    const line = { ...one, platform: { os: "linux", architecture: "amd64" } };
    const name = `${server.host}/from:1`;
    const pull = () => pullImage({ name, root, environment, allPlatforms: true });
    const lies: readonly (readonly [lines: readonly object[], message: RegExp])[] = [
      [[{ ...line, size: 1 }], /says that sha256:\w+ has 1 bytes, which has \d+/],
      [[{ ...line, platform: { os: 1, architecture: [] } }], /something that is no descriptor/],
      [
        [{ ...line, platform: { os: "linux/../..", architecture: "amd64" } }],
        /something that is no descriptor/,
      ],
      [[{ ...line, annotations: { key: {} } }], /something that is no descriptor/],
      [[{ ...line, mediaType: MEDIA_TYPE.index }], /something that is no descriptor/],
      [[JSON.parse('{"__proto__":1}')], /has the key "__proto__"/],
      [Array.from({ length: 1001 }, () => line), /more than 1000 manifests/],
    ];
    for (const [lines, message] of lies) {
      addIndex(server, lines, "1");
      await assert.rejects(pull(), { code: "integrity-archive", message });
    }
    assert.deepEqual(await (await openStore(root)).images.names(), []);
    const { digest } = addIndex(server, [line, { ...line, ...other }], "1");
    await pull();
    const first = await idOf(root, name, "linux/amd64");
    const output = join(root, "layout");
    await saveImages({ images: [name], root, format: "oci-dir", output });
    const again = join(root, "again");
    await loadImages({ root: again, source: { path: output } });
    assert.equal(await idOf(again, name, "linux/amd64"), first);
    const { manifests } = JSON.parse(readFileSync(join(output, "index.json"), "utf8"));
    assert.equal(manifests[0].digest, digest);
    assert.equal((await listImages({ root: again }))[0]?.platforms?.length, 2);
  }));

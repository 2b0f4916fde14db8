import assert from "node:assert/strict";
import { readFileSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Descriptor } from "../../oci/index.ts";
import { startRegistry, type TestRegistry } from "../../registry/fixtures.ts";
import type { BuildEvent } from "../../solver/index.ts";
import { openStore } from "../../store/index.ts";
import { loadImages } from "../archives/load.ts";
import { inFolder } from "../archives/load-fixtures.ts";
import { saveImages } from "../archives/save.ts";
import { addAttestation, addGzipImage, addIndex, addPlainImage, severalImages } from "../fixtures.ts";
import { removeImages, tagImage } from "../images/images.ts";
import { inspectImage } from "../images/inspect.ts";
import { pullImage } from "./pull.ts";
import { pushImage } from "./push.ts";

const environment = {};

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

/** Of two platforms, as nobody here would compress their layers. */
function gzipImages(server: TestRegistry) {
  return ["amd64", "arm64"].map((architecture) => ({
    ...addGzipImage(server, { architecture }),
    platform: { os: "linux", architecture },
  }));
}

test("layers of an index stay as others have compressed them, so that it goes anywhere as it was", () =>
  inFolder(async (folder) => {
    await using server = await startRegistry();
    await using other = await startRegistry();
    const images = gzipImages(server);
    const documents = images.map(({ digest }) => addAttestation(server, digest));
    const { digest } = addIndex(server, [...images, ...documents], "1");
    const [root, second, layout] = ["one", "two", "layout"].map((one) => join(folder, one)) as [
      string,
      string,
      string,
    ];
    const name = `${server.host}/from:1`;
    await pullImage({ name, root, environment, allPlatforms: true });
    await (await openStore(root)).prune({ all: true, dryRun: false });
    await saveImages({ images: [name], root, format: "oci-dir", output: layout });
    await loadImages({ root: second, source: { path: layout } });
    const store = await openStore(second);
    await store.prune({ all: true, dryRun: false });
    await tagImage({ root: second, source: name, target: `${other.host}/to:1` });
    const [pushed] = await pushImage({ name: `${other.host}/to:1`, root: second, environment });
    assert.equal(pushed?.digest, digest);
    const size = (await store.blobs.list()).length;
    for (const one of [name, `${other.host}/to:1`])
      await removeImages({ root: second, names: [one], platform: "linux/arm64" });
    await store.prune({ all: true, dryRun: false });
    // Its config, and its layer in both forms.
    assert.equal((await store.blobs.list()).length, size - 3);
    await removeImages({ root: second, names: [name, `${other.host}/to:1`] });
    await store.prune({ all: true, dryRun: false });
    assert.deepEqual(await store.blobs.list(), []);
  }));

test("layers that were here before get the form that an index has them in, too", () =>
  inFolder(async (folder) => {
    await using server = await startRegistry();
    await using other = await startRegistry();
    const images = gzipImages(server);
    const { digest } = addIndex(server, images, "1");
    const name = `${server.host}/from:1`;
    const [whole, pulled, loaded, layout] = ["whole", "pulled", "loaded", "layout"].map((one) =>
      join(folder, one),
    ) as [string, string, string, string];
    for (const root of [pulled, loaded])
      await pullImage({ name, root, environment, platform: "linux/amd64" });
    for (const root of [whole, pulled]) await pullImage({ name, root, environment, allPlatforms: true });
    await saveImages({ images: [name], root: whole, format: "oci-dir", output: layout });
    await loadImages({ root: loaded, source: { path: layout } });
    for (const root of [pulled, loaded]) {
      await tagImage({ root, source: name, target: `${other.host}/to:1` });
      const [pushed] = await pushImage({ name: `${other.host}/to:1`, root, environment });
      assert.equal(pushed?.digest, digest);
    }
    const before = server.log.length;
    await pullImage({ name, root: pulled, environment, allPlatforms: true });
    const layers = images.map(({ digest: image }) => {
      const { layers: own } = JSON.parse(String(server.manifests.get(`from ${image}`)?.bytes));
      return own[0].digest;
    });
    const again = server.log.slice(before).filter((line) => layers.some((layer) => line.includes(layer)));
    assert.deepEqual(again, []);
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

test("a line of an index that names other bytes of the store as a document is no document", () =>
  inFolder(async (root) => {
    await using server = await startRegistry();
    const image = { ...addPlainImage(server, { architecture: "amd64" }), platform: AMD64 };
    const { layers, config } = JSON.parse(String(server.manifests.get(`from ${image.digest}`)?.bytes));
    const platform = { os: "unknown", architecture: "unknown" };
    const lies = [...layers, config].map((blob) => ({ ...blob, mediaType: image.mediaType, platform }));
    const name = `${server.host}/from:1`;
    // Already here: then nobody asks for it under the name of a manifest.
    addIndex(server, [image], "1");
    await pullImage({ name, root, environment, allPlatforms: true });
    addIndex(server, [image, ...lies], "1");
    await pullImage({ name, root, environment, allPlatforms: true });
    await (await openStore(root)).prune({ all: true, dryRun: false });
    await tagImage({ root, source: name, target: `${server.host}/to:1` });
    await pushImage({ name: `${server.host}/to:1`, root, environment });
    const written = JSON.parse(String(server.manifests.get("to 1")?.bytes));
    assert.equal(written.manifests.length, 1);
  }));

const AMD64 = { os: "linux", architecture: "amd64" };

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { type Digest, streamOf } from "../../base/index.ts";
import { CONTAINER } from "../../store/fixtures.ts";
import { openStore } from "../../store/index.ts";
import { loadImages } from "../archives/load.ts";
import { configOf, inFolder, layerWith, legacyMembers, tarOf } from "../archives/load-fixtures.ts";
import { diffImages } from "./diff.ts";
import { imageHistory } from "./history.ts";
import { removeImages, tagImage } from "./images.ts";
import { inspectImage } from "./inspect.ts";
import { listImages } from "./list-images.ts";

/** A store with images of these names, one for each list. */
async function withImages(
  names: readonly (readonly string[])[],
  work: (root: string, ids: readonly string[]) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const root = join(folder, "store");
    const ids: string[] = [];
    for (const [at, tags] of names.entries()) {
      const members = legacyMembers([layerWith("file", String(at))], { tags });
      const [image] = await loadImages({ root, source: { stream: streamOf(tarOf(...members)) } });
      ids.push(image?.id ?? "");
    }
    await work(root, ids);
  });
}

async function left(root: string): Promise<readonly string[]> {
  const images = await listImages({ root, all: true });
  return images
    .flatMap(({ references, id }) =>
      references.length > 0 ? references.map(({ path, tag }) => `${path}:${tag}`) : [id],
    )
    .sort();
}

test("several names are removed one after the other, and what is not there keeps nobody from the rest", () =>
  withImages([["a:1", "a:2"], ["b:1"]], async (root, [a = "", b = ""]) => {
    const removal = await removeImages({ root, names: ["nope", "a:1", "b", "b:1", "b:1"] });
    assert.deepEqual(removal.untagged, ["a:1", "b:1"]);
    assert.deepEqual(removal.deleted, [b]);
    assert.deepEqual(
      removal.failures.map(({ code, message }) => [code, message]),
      ["nope", "b", "b:1"].map((name) => ["resolve-image", `no such image: ${name}`]),
    );
    assert.deepEqual(await left(root), ["library/a:2"]);
    const last = await removeImages({ root, names: [a.slice(7, 19)] });
    assert.deepEqual([last.untagged, last.deleted, last.failures], [["a:2"], [a], []]);
    assert.deepEqual(await left(root), []);
  }));

test("by id, an image with several names goes only with force", () =>
  withImages([["a:1", "c/d:2"], ["b:1"]], async (root, [a = ""]) => {
    const refused = await removeImages({ root, names: [a, "b:1"] });
    assert.deepEqual(
      refused.failures.map(({ code }) => code),
      ["user-conflict"],
    );
    assert.deepEqual(refused.untagged, ["b:1"]);
    const forced = await removeImages({ root, names: [a], force: true });
    assert.deepEqual([forced.untagged, forced.deleted], [["c/d:2", "a:1"], [a]]);
  }));

test("the last name of an image that a running container uses goes only with force", () =>
  withImages([["a:1", "a:2"]], async (root, [a = ""]) => {
    const store = await openStore(root);
    const own = await store.containers.create({ ...CONTAINER, imageId: a as Digest });
    own.setState({ status: "running" });
    const removal = await removeImages({ root, names: ["a:1", "a:2"] });
    assert.deepEqual(removal.untagged, ["a:1"]);
    assert.deepEqual(
      removal.failures.map(({ code, message }) => [code, message]),
      [["user-conflict", "image a:2 is used by the container web"]],
    );
    assert.deepEqual((await removeImages({ root, names: ["a:2"], force: true })).deleted, [a]);
    own[Symbol.dispose]();
  }));

test("a name moves from the image that had it, which stays without one", () =>
  withImages([["a:1"], ["b:1"]], async (root, [a = ""]) => {
    await tagImage({ root, source: "b:1", target: "a:1" });
    assert.deepEqual(await left(root), ["library/a:1", "library/b:1", a]);
    for (const target of ["UPPER", `x@sha256:${"0".repeat(64)}`])
      await assert.rejects(tagImage({ root, source: "b:1", target }), { code: "user-bad-reference" });
    await assert.rejects(tagImage({ root, source: "none", target: "x" }), { code: "resolve-image" });
  }));

test("an image whose config is odd wherever that is allowed is listed, shown and compared all the same", () =>
  inFolder(async (folder) => {
    const root = join(folder, "store");
    const tar = layerWith("file", "x");
    const odd = [
      { created: 5, history: null, config: null },
      { created: "never", history: [{ created: [], created_by: 7 }], config: { Cmd: 3, Healthcheck: "x" } },
      { created: null, config: { Labels: { b: "2" }, Env: null }, author: {}, comment: [] },
    ];
    for (const [at, more] of odd.entries()) {
      const config = configOf([tar], more);
      const manifest = JSON.stringify([{ Config: "c.json", RepoTags: [`odd:${at}`], Layers: ["l.tar"] }]);
      const members = [
        { name: "c.json", content: config },
        { name: "l.tar", content: tar },
        { name: "manifest.json", content: manifest },
      ];
      await loadImages({ root, source: { stream: streamOf(tarOf(...members)) } });
      const [step] = await imageHistory({ root, image: `odd:${at}` });
      assert.equal(typeof step?.createdBy, "string");
      assert.equal((await inspectImage({ root, image: `odd:${at}` })).size, 1);
      assert.deepEqual(
        (await diffImages({ root, before: `odd:${at}` })).map(({ path }) => path),
        ["/file"],
      );
    }
    const images = await listImages({ root });
    assert.deepEqual(
      images.map(({ created }) => created),
      [undefined, undefined, undefined],
    );
    assert.deepEqual(images.map(({ labels }) => Object.keys(labels).join()).sort(), ["", "", "b"]);
  }));

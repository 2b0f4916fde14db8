import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MEDIA_TYPE } from "../../oci/index.ts";
import { addBlob, addManifest, startRegistry, type TestRegistry } from "../../registry/fixtures.ts";
import { copyImage } from "./copy.ts";
import { deleteRemote } from "./delete-remote.ts";
import { listImageReferrers } from "./referrers.ts";

/** An image of one layer, by digest and perhaps by a tag. */
function image(server: TestRegistry, architecture: string, tag?: string) {
  const layer = addBlob(server, "from", Buffer.from(`layer of ${architecture}`));
  const config = addBlob(server, "from", Buffer.from(JSON.stringify({ os: "linux", architecture })));
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: { ...config, mediaType: MEDIA_TYPE.config },
    layers: [layer, { ...layer, mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar" }],
  };
  const manifest = addManifest(server, {
    repository: "from",
    json,
    type: MEDIA_TYPE.manifest,
    ...(tag !== undefined && { tag }),
  });
  return { ...manifest, layer, platform: { os: "linux", architecture } };
}

function index(server: TestRegistry, tag: string, manifests: readonly object[]) {
  const json = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests };
  return addManifest(server, { repository: "from", tag, json, type: MEDIA_TYPE.index });
}

/** Two platforms under the tag 1. */
function several(server: TestRegistry) {
  const images = ["amd64", "arm64"].map((architecture) => image(server, architecture));
  const lines = images.map(({ layer: _layer, ...line }) => line);
  return { images, root: index(server, "1", lines) };
}

const copy = (source: string, target: string, platform?: string) =>
  copyImage({ source, target, environment: {}, registries: [], ...(platform !== undefined && { platform }) });

const scratch = () => {
  const path = mkdtempSync(join(tmpdir(), "tare-copy-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
};

test("all platforms are copied as they are; the second time nothing is read or sent", async () => {
  await using from = await startRegistry();
  await using to = await startRegistry();
  const { root, images } = several(from);
  const copied = await copy(`docker://${from.host}/from:1`, `${to.host}/a/b:2`);
  assert.deepEqual(copied, { target: `${to.host}/a/b:2`, digest: root.digest, upToDate: false });
  assert.deepEqual(to.manifests.get("a/b 2")?.bytes, from.manifests.get("from 1")?.bytes);
  for (const { digest, layer } of images) {
    assert.ok(to.manifests.has(`a/b ${digest}`));
    assert.deepEqual(to.blobs.get(`a/b ${layer.digest}`), from.blobs.get(`from ${layer.digest}`));
  }
  const [read, sent] = [from.log.length, to.log.length];
  assert.equal((await copy(`${from.host}/from:1`, `${to.host}/a/b:2`)).upToDate, true);
  assert.ok(!from.log.slice(read).some((line) => line.includes("/blobs/")));
  assert.ok(!to.log.slice(sent).some((line) => /^(PUT|POST|PATCH)/.test(line)));
});

test("blobs that are there are not read, those of another repository are mounted", async () => {
  await using from = await startRegistry();
  await using to = await startRegistry();
  const { digest, layer } = image(from, "amd64", "1");
  to.blobs.set(`to ${layer.digest}`, from.blobs.get(`from ${layer.digest}`) as Uint8Array);
  await copy(`${from.host}/from:1`, `${to.host}/to:1`);
  assert.ok(!from.log.some((line) => line.includes(layer.digest)), from.log.join("\n"));
  await copy(`${from.host}/from@${digest}`, `${from.host}/beside:1`);
  assert.ok(!from.log.some((line) => line.startsWith("GET") && line.includes(layer.digest)));
  assert.ok(from.blobs.has(`beside ${layer.digest}`));
});

test("one platform is the manifest alone; one that is not there, or a digest that it has not, is an error", async () => {
  await using server = await startRegistry();
  const [amd64, arm64] = several(server).images;
  image(server, "amd64", "single");
  const to = `${server.host}/to:1`;
  assert.equal((await copy(`${server.host}/from:1`, to, "linux/arm64")).digest, arm64?.digest);
  for (const tag of ["1", "single"])
    await assert.rejects(copy(`${server.host}/from:${tag}`, to, "linux/s390x"), { code: "resolve-image" });
  await assert.rejects(copy(`${server.host}/from:1`, `${server.host}/to@${amd64?.digest}`), {
    code: "user-bad-reference",
  });
});

test("into an OCI layout and back the digest stays; a docker archive holds one image", async () => {
  await using server = await startRegistry();
  using place = scratch();
  const { root } = several(server);
  const layout = `oci:${join(place.path, "layout")}:1`;
  await copy(`${server.host}/from:1`, layout);
  await copy(layout, `oci-archive:${join(place.path, "archive.tar")}:2`);
  const back = await copy(`oci-archive:${join(place.path, "archive.tar")}:2`, `${server.host}/back:1`);
  assert.equal(back.digest, root.digest);
  const docker = `docker-archive:${join(place.path, "docker.tar")}:app:1`;
  await assert.rejects(copy(layout, docker), { code: "user-bad-flag", message: /several platforms/ });
  await copy(layout, docker, "linux/amd64");
  assert.match(readFileSync(join(place.path, "docker.tar"), "latin1"), /"RepoTags":\["app:1"\]/);
  for (const name of ["oci:", "oci:x:", "docker-archive:-", "dir:x", "containers-storage:x", "ftp://x"])
    await assert.rejects(copy(name, layout), { code: "user-bad-flag" }, name);
});

test("indexes too deep or of too many images, and what is no descriptor, are refused before anything is sent", async () => {
  await using server = await startRegistry();
  let line: object = image(server, "amd64");
  for (let depth = 0; depth < 7; depth++) line = index(server, "deep", [line]);
  const many = Array.from({ length: 1001 }, (_, at) =>
    addManifest(server, {
      repository: "from",
      json: { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: [], annotations: { at: String(at) } },
      type: MEDIA_TYPE.index,
    }),
  );
  index(server, "many", many);
  index(server, "odd", [{ mediaType: MEDIA_TYPE.manifest, digest: "sha256:../x", size: 1 }]);
  const json = '{"schemaVersion":2,"__proto__":{"manifests":[]},"manifests":{"__proto__":[]}}';
  addManifest(server, { repository: "from", tag: "proto", json, type: MEDIA_TYPE.index });
  for (const tag of ["deep", "many", "odd", "proto"])
    await assert.rejects(copy(`${server.host}/from:${tag}`, `${server.host}/to:1`), {
      code: "integrity-archive",
    });
  assert.ok(!server.log.some((entry) => /^(PUT|POST)/.test(entry)));
});

test("a damaged blob on the way is an error, and the name leads nowhere", async () => {
  await using from = await startRegistry();
  await using to = await startRegistry();
  const { layer } = image(from, "amd64", "1");
  from.blobs.set(`from ${layer.digest}`, Buffer.from("layer of AMD64"));
  await assert.rejects(copy(`${from.host}/from:1`, `${to.host}/to:1`), { code: "integrity-digest" });
  assert.ok(!to.manifests.has("to 1"));
});

test("a tag is deleted alone, a digest with all; where tags can not be, the error says what can", async () => {
  await using server = await startRegistry();
  const { digest } = image(server, "amd64", "1");
  const name = (suffix: string) => ({
    name: `${server.host}/from${suffix}`,
    environment: {},
    registries: [],
  });
  await assert.rejects(deleteRemote(name("")), { code: "user-bad-reference" });
  assert.equal(await deleteRemote(name(":1")), `${server.host}/from:1`);
  await assert.rejects(deleteRemote(name(":1")), { code: "resolve-image" });
  assert.equal(await deleteRemote(name(`@${digest}`)), `${server.host}/from@${digest}`);
  await using strict = await startRegistry({
    fault: ({ method }) => (method === "DELETE" ? { status: 405 } : undefined),
  });
  image(strict, "amd64", "1");
  await assert.rejects(
    deleteRemote({ ...name(":1"), name: `${strict.host}/from:1` }),
    (error: { code: string; facts: { hint: string } }) =>
      error.code === "registry-refused" && error.facts.hint.includes(`/from@${digest}`),
  );
});

for (const referrers of [true, false])
  test(`documents about an image are listed ${referrers ? "by the registry" : "by tags"}, with those of cosign and BuildKit`, async () => {
    await using server = await startRegistry({ referrers });
    const { digest, size, mediaType } = image(server, "amd64");
    const put = (artifactType: string, tag?: string) =>
      addManifest(server, {
        repository: "from",
        json: {
          schemaVersion: 2,
          mediaType,
          artifactType,
          config: {},
          layers: [],
          subject: { mediaType, digest, size },
        },
        type: mediaType,
        ...(tag !== undefined && { tag }),
      });
    const sbom = { ...put("application/spdx+json"), artifactType: "application/spdx+json" };
    if (!referrers) index(server, digest.replace(":", "-"), [sbom]);
    put("x", `${digest.replace(":", "-")}.sig`);
    const platform = { os: "linux", architecture: "amd64" };
    const annotations = {
      "vnd.docker.reference.digest": digest,
      "vnd.docker.reference.type": "attestation-manifest",
    };
    index(server, "1", [
      { mediaType, digest, size, platform },
      { ...put("y"), annotations, platform: { os: "unknown", architecture: "unknown" } },
    ]);
    const list = async (facts: { readonly platform?: string; readonly artifactType?: string }) => {
      const found = await listImageReferrers({
        name: `${server.host}/from:1`,
        environment: {},
        registries: [],
        ...facts,
      });
      return found.referrers.map(({ kind }) => kind);
    };
    const kinds = await list({ platform: "linux/amd64" });
    assert.deepEqual(kinds.filter((kind) => kind !== "other").sort(), ["provenance", "sbom", "signature"]);
    assert.deepEqual(await list({}), ["provenance"]);
    assert.deepEqual(await list({ platform: "linux/amd64", artifactType: "application/spdx+json" }), [
      "sbom",
    ]);
  });

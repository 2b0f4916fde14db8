import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../base/index.ts";
import { MEDIA_TYPE, parseImageConfig } from "../oci/index.ts";
import { addImage, addManifest, connect, never, startRegistry } from "./fixtures.ts";
import { deleteManifest, fetchManifest, manifestDigest } from "./manifests.ts";
import { pushManifest } from "./push-manifest.ts";
import { listReferrers, pushReferrer } from "./referrers.ts";
import { fetchImage, resolveManifest } from "./resolve-image.ts";
import { listTags } from "./tags.ts";

test("an index leads to the image of the platform; one that it lacks is named with those that there are", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  const lines = ["amd64", "arm64", "arm"].map((architecture) => ({
    ...addImage(server, "r", architecture),
    platform: { os: "linux", architecture, ...(architecture === "arm" && { variant: "v6" }) },
  }));
  const attestation = {
    ...addImage(server, "r", "unknown"),
    platform: { os: "unknown", architecture: "unknown" },
  };
  const json = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests: [attestation, ...lines] };
  const inner = addManifest(server, { repository: "r", tag: "in", json, type: MEDIA_TYPE.index });
  addManifest(server, {
    repository: "r",
    tag: "1",
    json: { schemaVersion: 2, manifests: [inner] },
    type: MEDIA_TYPE.dockerIndex,
  });
  const ask = (architecture: string, reference: string, variant?: string) =>
    resolveManifest(
      registry,
      { repository: "r", reference, platform: { os: "linux", architecture, ...(variant && { variant }) } },
      never,
    );
  for (const [at, [architecture, variant]] of (
    [["amd64"], ["arm64", "v8"], ["arm", "v7"]] as const
  ).entries())
    for (const tag of ["in", "1"])
      assert.equal((await ask(architecture, tag, variant)).descriptor.digest, lines[at]?.digest);
  await assert.rejects(ask("riscv64", "in"), (error: { facts: { hint: string } }) =>
    /linux\/arm\/v6/.test(error.facts.hint),
  );
  const manifest = await ask("amd64", "1");
  const { config, layers } = await fetchImage(registry, { repository: "r", manifest }, never);
  assert.equal(parseImageConfig(config, layers).architecture, "amd64");
});

test("manifests that lie, are damaged, huge, hostile or of an unknown kind are refused", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  const good = { schemaVersion: 2, mediaType: MEDIA_TYPE.manifest, config: {}, layers: [] };
  const cases: readonly (readonly [string, unknown, string, string])[] = [
    ["says-other", { ...good, mediaType: MEDIA_TYPE.index }, MEDIA_TYPE.manifest, "integrity-archive"],
    ["no-json", "<html>", MEDIA_TYPE.manifest, "integrity-archive"],
    ["list", [], MEDIA_TYPE.manifest, "integrity-archive"],
    ["null", null, MEDIA_TYPE.manifest, "integrity-archive"],
    ["huge", `{"a":"${"x".repeat(5 << 20)}"}`, MEDIA_TYPE.manifest, "registry-refused"],
    [
      "first",
      { schemaVersion: 1 },
      "application/vnd.docker.distribution.manifest.v1+prettyjws",
      "user-unsupported",
    ],
    ["what", { ...good, mediaType: "text/html" }, "text/html", "user-unsupported"],
    [
      "proto",
      '{"__proto__":{"mediaType":"x","manifests":[]},"schemaVersion":2,"config":{"__proto__":{"digest":"x"}}}',
      MEDIA_TYPE.manifest,
      "integrity-archive",
    ],
    [
      "digest",
      { ...good, config: { mediaType: "a", digest: "sha256:../../etc", size: 1 } },
      MEDIA_TYPE.manifest,
      "integrity-archive",
    ],
    [
      "size",
      { ...good, config: { mediaType: "a", digest: sha256("x"), size: -1 } },
      MEDIA_TYPE.manifest,
      "integrity-archive",
    ],
  ];
  for (const [tag, json, type, code] of cases) {
    addManifest(server, { repository: "r", tag, json, type });
    const load = async () => {
      const manifest = await fetchManifest(registry, { repository: "r", reference: tag }, never);
      await fetchImage(registry, { repository: "r", manifest }, never);
    };
    await assert.rejects(load(), { code }, tag);
  }
});

test("a manifest with another digest than was asked for or told is refused", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  const digest = sha256("another");
  const { manifests } = server;
  addManifest(server, { repository: "r", tag: "1", json: { schemaVersion: 2 }, type: MEDIA_TYPE.manifest });
  manifests.set(`r ${digest}`, manifests.get("r 1") as { bytes: Uint8Array; type: string });
  await assert.rejects(fetchManifest(registry, { repository: "r", reference: digest }, never), {
    code: "integrity-digest",
  });
});

test("indexes in one another have an end", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  let line = addImage(server, "r", "amd64");
  for (let depth = 0; depth < 6; depth++) {
    const manifests = [{ ...line, platform: { os: "linux", architecture: "amd64" } }];
    const json = { schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests };
    line = addManifest(server, { repository: "r", tag: "1", json, type: MEDIA_TYPE.index });
  }
  const platform = { os: "linux", architecture: "amd64" };
  await assert.rejects(resolveManifest(registry, { repository: "r", reference: "1", platform }, never), {
    code: "integrity-archive",
    message: /too deep/,
  });
});

test("tags are listed page by page; a list without an end and a repository that is not there are errors", async () => {
  await using server = await startRegistry({ page: 3 });
  await using registry = connect(server);
  const names = Array.from({ length: 8 }, (_, at) => `v${at}`);
  for (const tag of names)
    addManifest(server, { repository: "a/b", tag, json: { schemaVersion: 2 }, type: MEDIA_TYPE.manifest });
  assert.deepEqual(await listTags(registry, "a/b", never), names);
  await assert.rejects(listTags(registry, "a/c", never), {
    code: "resolve-image",
    message: /not known to registry/,
  });
  await using loop = await startRegistry({
    fault: ({ path }) =>
      path.includes("tags")
        ? { status: 200, headers: { link: '</v2/r/tags/list>; rel="next"' }, body: '{"tags":[]}' }
        : undefined,
  });
  await using lost = connect(loop);
  await assert.rejects(listTags(lost, "r", never), { code: "registry-refused", message: /no end/ });
});

for (const referrers of [true, false])
  test(`documents about an image are found ${referrers ? "in the registry's list" : "by the tag for them"}`, async () => {
    await using server = await startRegistry({ referrers });
    await using registry = connect(server);
    const subject = addImage(server, "r", "amd64");
    for (const artifactType of ["application/one", "application/two"]) {
      const bytes = Buffer.from(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MEDIA_TYPE.manifest,
          artifactType,
          config: {},
          layers: [],
          subject,
        }),
      );
      const descriptor = {
        mediaType: MEDIA_TYPE.manifest,
        digest: sha256(bytes),
        size: bytes.length,
        artifactType,
      };
      await pushReferrer(registry, { repository: "r", subject: subject.digest, descriptor, bytes }, never);
    }
    const found = await listReferrers(registry, { repository: "r", subject: subject.digest }, never);
    assert.deepEqual(
      found.map((line) => line.artifactType),
      ["application/one", "application/two"],
    );
    const one = await listReferrers(
      registry,
      { repository: "r", subject: subject.digest, artifactType: "application/two" },
      never,
    );
    assert.equal(one.length, 1);
    assert.deepEqual(await listReferrers(registry, { repository: "r", subject: sha256("none") }, never), []);
  });

test("a manifest is put, looked at without its bytes, and deleted", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  const bytes = Buffer.from('{"schemaVersion":2}');
  const name = { repository: "r", reference: "1" };
  await pushManifest(registry, { ...name, bytes, mediaType: MEDIA_TYPE.manifest }, never);
  assert.equal(await manifestDigest(registry, name, never), sha256(bytes));
  await deleteManifest(registry, name, never);
  assert.equal(await manifestDigest(registry, name, never), undefined);
  await assert.rejects(fetchManifest(registry, name, never), {
    code: "resolve-image",
    message: /not found: manifest unknown/,
  });
});

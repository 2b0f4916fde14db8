import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes, sha256, streamOf, type TareError } from "../base/index.ts";
import { MEDIA_TYPE, parseImageConfig } from "../oci/index.ts";
import { readBlob } from "./fetch-blob.ts";
import {
  addBlob,
  addManifest,
  connect,
  type Fault,
  startRegistry,
  type TestRegistryOptions,
  USER,
} from "./fixtures.ts";
import { hasBlob, requireBlob } from "./has-blob.ts";
import { deleteManifest, fetchManifest, manifestDigest } from "./manifests.ts";
import { mountBlob } from "./mount-blob.ts";
import { pushBlob } from "./push-blob.ts";
import { pushManifest } from "./push-manifest.ts";
import { listReferrers, pushReferrer } from "./referrers.ts";
import { pingRegistry } from "./registry.ts";
import { fetchImage, resolveManifest } from "./resolve-image.ts";
import { listTags } from "./tags.ts";

const never = new AbortController().signal;
const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7919) % 251));

/** The first `count` requests of a blob's bytes fail so. */
const first = (count: number, fault: Fault): TestRegistryOptions => ({
  fault: ({ method, path, nth }) =>
    method === "GET" && path.includes("/blobs/") && nth <= count ? fault : undefined,
});

const RECOVERED: readonly (readonly [string, TestRegistryOptions])[] = [
  ["a connection that breaks in the middle", first(1, { cutAfter: 30_000 })],
  ["a connection that breaks again and again, each time later", first(6, { cutAfter: 12_000 })],
  ["a connection that breaks before the headers", first(2, { cutAfter: -1 })],
  ["a body that ends too early in good order", first(1, { shortTo: 50_000 })],
  ["429 with Retry-After", first(1, { status: 429, headers: { "retry-after": "1" } })],
  ["503 without one", first(2, { status: 503 })],
  ["slow bytes", first(1, { piece: 20_000, pause: 30 })],
  [
    "a server that breaks off and knows no Range",
    {
      fault: ({ path, nth }) => {
        if (!path.includes("/blobs/")) return undefined;
        return nth === 1 ? { cutAfter: 40_000 } : { noRange: true };
      },
    },
  ],
];

for (const [name, options] of RECOVERED)
  test(`a blob is read whole in spite of ${name}`, async () => {
    await using server = await startRegistry(options);
    await using registry = connect(server);
    const descriptor = addBlob(server, "a/b", BYTES);
    const read = await collectBytes(readBlob(registry, { repository: "a/b", descriptor }, never));
    assert.ok(read.equals(BYTES));
  });

test("after a break only the rest of a blob is asked for", async () => {
  await using server = await startRegistry(first(1, { cutAfter: 30_000 }));
  await using registry = connect(server);
  const descriptor = addBlob(server, "a/b", BYTES);
  await collectBytes(readBlob(registry, { repository: "a/b", descriptor }, never));
  assert.deepEqual(
    server.log.filter((line) => line.includes("/blobs/")).map((line) => line.split(" ").at(-1)),
    ["200", "206"],
  );
});

test("a blob that is another, longer or shorter than it should be is an error", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  const descriptor = addBlob(server, "r", BYTES);
  const read = (size: number) =>
    collectBytes(readBlob(registry, { repository: "r", descriptor: { ...descriptor, size } }, never));
  await assert.rejects(read(99_999), { code: "integrity-digest" });
  server.blobs.set(`r ${descriptor.digest}`, Buffer.alloc(100_000));
  await assert.rejects(read(100_000), { code: "integrity-digest" });
});

test("a part that is not there is named, with where its manifest says that it is, and nobody is asked there", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  const descriptor = { ...addBlob(server, "r", BYTES), urls: [`http://${server.host}/foreign`] };
  server.blobs.clear();
  for (const task of [
    () => collectBytes(readBlob(registry, { repository: "r", descriptor }, never)),
    () => requireBlob(registry, { repository: "r", descriptor }, never),
  ])
    await assert.rejects(task, {
      code: "resolve-image",
      message: /not found; .*at http:.*\/foreign, which Tare/,
    });
  assert.ok(server.log.every((line) => !line.includes("/foreign")));
  const { urls: _, ...own } = descriptor;
  await assert.rejects(
    requireBlob(registry, { repository: "r", descriptor: own }, never),
    ({ facts: { hint } }: TareError) => /has lost a part of the image/.test(hint ?? ""),
  );
});

test("a registry that always breaks off at the same byte is given up", async () => {
  await using server = await startRegistry(first(99, { cutAfter: 0 }));
  await using registry = connect(server);
  const descriptor = addBlob(server, "r", BYTES);
  await assert.rejects(collectBytes(readBlob(registry, { repository: "r", descriptor }, never)), {
    code: "registry-unreachable",
  });
});

test("who asks to wait for an hour is not waited for, and the error says so", async () => {
  await using server = await startRegistry(first(9, { status: 429, headers: { "retry-after": "3600" } }));
  await using registry = connect(server);
  const descriptor = addBlob(server, "r", BYTES);
  await assert.rejects(
    collectBytes(readBlob(registry, { repository: "r", descriptor }, never)),
    (error: { facts?: { hint?: string } }) => /3600 seconds/.test(error.facts?.hint ?? ""),
  );
});

for (const auth of ["basic", "bearer"] as const)
  test(`${auth}: credentials let a blob in and out, wrong ones and none do not, and nobody asks for ever`, async () => {
    await using server = await startRegistry({ auth });
    await using registry = connect(server, USER);
    const digest = sha256(BYTES);
    const blob = {
      repository: "r",
      descriptor: { digest, size: BYTES.length },
      bytes: (at: number) => streamOf(BYTES.subarray(at)),
    };
    await pushBlob(registry, blob, never);
    assert.ok((await collectBytes(readBlob(registry, blob, never))).equals(BYTES));
    await using wrong = connect(server, { ...USER, password: "no" } as typeof USER);
    await assert.rejects(pushBlob(wrong, blob, never), { code: "registry-refused" });
    await using nobody = connect(server);
    const before = server.log.length;
    await assert.rejects(pushBlob(nobody, blob, never), {
      code: "registry-refused",
      message: /access denied/,
    });
    assert.ok(server.log.length - before <= 4, server.log.slice(before).join("\n"));
  });

test("a token is fetched once for many requests at the same time", async () => {
  await using server = await startRegistry({ auth: "bearer" });
  await using registry = connect(server, USER);
  const descriptor = addBlob(server, "r", BYTES);
  await Promise.all(
    Array.from({ length: 8 }, () => collectBytes(readBlob(registry, { repository: "r", descriptor }, never))),
  );
  assert.equal(server.log.filter((line) => line.startsWith("GET /token")).length, 1);
});

test("a registry that answers 401 to everything is an error after few requests", async () => {
  const challenge = { "www-authenticate": 'Bearer realm="http://127.0.0.1:1/token"' };
  for (const headers of [{}, { "www-authenticate": 'Basic realm="x"' }, challenge]) {
    await using server = await startRegistry({ fault: () => ({ status: 401, headers }) });
    await using registry = connect(server, USER);
    await assert.rejects(fetchManifest(registry, { repository: "r", reference: "1" }, never));
    assert.ok(server.log.length <= 5, server.log.join("\n"));
  }
});

test("a token server that knows no such address is the registry's fault, not a missing image", async () => {
  await using server = await startRegistry({
    auth: "bearer",
    fault: ({ path }) => (path === "/token" ? { status: 404 } : undefined),
  });
  await using registry = connect(server, USER);
  await assert.rejects(
    fetchManifest(registry, { repository: "r", reference: "1" }, never),
    (error: { code: string; message: string; facts: { hint: string } }) => {
      assert.match(error.message, /^a token for 127.*: not found$/);
      assert.match(error.facts.hint, /as its token server/);
      return error.code === "registry-refused";
    },
  );
});

test("ping tells a registry from a web site", async () => {
  await using server = await startRegistry({ fault: () => ({ status: 404 }) });
  await using registry = connect(server);
  await assert.rejects(pingRegistry(registry, never), { code: "registry-refused" });
  await using good = await startRegistry({ auth: "basic" });
  await using known = connect(good, USER);
  await pingRegistry(known, never);
});

const image = (server: Parameters<typeof addBlob>[0], repository: string, architecture: string) => {
  const layer = addBlob(server, repository, Buffer.from(`layer of ${architecture}`));
  const config = addBlob(
    server,
    repository,
    Buffer.from(
      JSON.stringify({ os: "linux", architecture, rootfs: { type: "layers", diff_ids: [layer.digest] } }),
    ),
  );
  const json = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    config: { ...config, mediaType: MEDIA_TYPE.config },
    layers: [layer],
  };
  return addManifest(server, { repository, json, type: MEDIA_TYPE.manifest });
};

test("an index leads to the image of the platform; one that it lacks is named with those that there are", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  const lines = ["amd64", "arm64", "arm"].map((architecture) => ({
    ...image(server, "r", architecture),
    platform: { os: "linux", architecture, ...(architecture === "arm" && { variant: "v6" }) },
  }));
  const attestation = {
    ...image(server, "r", "unknown"),
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

test("a blob is sent in one piece, then in pieces, of which only the missing ones go again", async () => {
  let puts = 0;
  let patches = 0;
  await using server = await startRegistry({
    fault: ({ method }) => {
      if (method === "PUT" && ++puts === 1) return { status: 413 };
      if (method === "PATCH" && ++patches === 2) return { cutAfter: -1 };
      return undefined;
    },
  });
  await using registry = connect(server);
  const digest = sha256(BYTES);
  const offsets: number[] = [];
  const bytes = (at: number) => {
    offsets.push(at);
    return streamOf(BYTES.subarray(at));
  };
  await pushBlob(
    registry,
    { repository: "r", descriptor: { digest, size: BYTES.length }, bytes, pieceSize: 30_000 },
    never,
  );
  assert.ok(Buffer.from(server.blobs.get(`r ${digest}`) ?? []).equals(BYTES));
  assert.deepEqual(offsets, [0, 0, 30_000]);
});

const blobOf = () => ({
  repository: "r",
  descriptor: { digest: sha256(BYTES), size: BYTES.length },
  bytes: (at: number) => streamOf(BYTES.subarray(at)),
});

/** What goes wrong with the bytes of the first upload. */
const FAULTS_OF_PUSHES: readonly (readonly [string, Fault])[] = [
  ["is refused with 503", { status: 503 }],
  ["breaks off", { cutAfter: -1 }],
  ["has to wait", { status: 429, headers: { "retry-after": "0" } }],
  ["is forgotten", { status: 404 }],
];

for (const [name, fault] of FAULTS_OF_PUSHES)
  test(`an upload that ${name} arrives whole`, async () => {
    await using server = await startRegistry({
      fault: ({ method, path }) => (method === "PUT" && path.endsWith("u0") ? fault : undefined),
    });
    await using registry = connect(server);
    const blob = blobOf();
    await pushBlob(registry, blob, never);
    assert.ok(Buffer.from(server.blobs.get(`r ${blob.descriptor.digest}`) ?? []).equals(BYTES));
  });

test("an upload in pieces that is forgotten in the middle begins again", async () => {
  let gone = false;
  await using server = await startRegistry({
    fault: ({ method, path, nth }) => {
      if (method === "PUT" && nth === 1 && path.endsWith("u0")) return { status: 413 };
      // The second upload is lost with its first piece.
      if (!path.endsWith("u1") || (method === "PATCH" && nth === 1)) return undefined;
      gone = true;
      return { status: 404 };
    },
  });
  await using registry = connect(server);
  const blob = { ...blobOf(), pieceSize: 30_000 };
  await pushBlob(registry, blob, never);
  assert.ok(gone && Buffer.from(server.blobs.get(`r ${blob.descriptor.digest}`) ?? []).equals(BYTES));
});

test("a blob that is not what its digest says is refused by the registry and not sent for ever", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  const blob = { ...blobOf(), descriptor: { digest: sha256("other"), size: BYTES.length } };
  await assert.rejects(pushBlob(registry, blob, never), {
    code: "registry-refused",
    message: /did not match/,
  });
  assert.equal(server.log.filter((line) => line.startsWith("PUT")).length, 1);
});

test("indexes in one another have an end", async () => {
  await using server = await startRegistry();
  await using registry = connect(server);
  let line = image(server, "r", "amd64");
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

test("a blob that another repository has is mounted; one that nobody has is not", async () => {
  await using server = await startRegistry({ auth: "bearer" });
  await using registry = connect(server, USER);
  const { digest } = addBlob(server, "from", BYTES);
  assert.equal(await hasBlob(registry, { repository: "to", digest }, never), false);
  assert.equal(await mountBlob(registry, { repository: "to", from: "from", digest }, never), true);
  assert.equal(await hasBlob(registry, { repository: "to", digest }, never), true);
  assert.equal(
    await mountBlob(registry, { repository: "to", from: "from", digest: sha256("x") }, never),
    false,
  );
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
    const subject = image(server, "r", "amd64");
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

test("credentials are not sent to the host that a blob is redirected to", async () => {
  const seen: (string | undefined)[] = [];
  const { createServer } = await import("node:http");
  const other = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end(BYTES);
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const location = `http://127.0.0.1:${(other.address() as { port: number }).port}/blob`;
  try {
    await using server = await startRegistry({
      auth: "basic",
      fault: ({ path, nth }) =>
        path.includes("/blobs/") && nth === 2 ? { status: 307, headers: { location } } : undefined,
    });
    await using registry = connect(server, USER);
    const descriptor = addBlob(server, "r", BYTES);
    await collectBytes(readBlob(registry, { repository: "r", descriptor }, never));
    assert.deepEqual(seen, [undefined]);
  } finally {
    other.close();
    other.closeAllConnections();
  }
});

test("credentials are not sent to the host that an upload is led to", async () => {
  await using other = await startRegistry();
  await using server = await startRegistry({
    auth: "basic",
    fault: ({ method, nth }) =>
      method === "POST" && nth === 2
        ? { status: 202, headers: { location: `http://${other.host}/v2/r/blobs/uploads/u9` } }
        : undefined,
  });
  await using registry = connect(server, USER);
  await pushBlob(registry, blobOf(), never);
  assert.ok(other.log.length > 0 && other.authorizations.size === 0, [...other.authorizations].join(" "));
});

test("a cancelled read ends soon", async () => {
  await using server = await startRegistry(first(1, { piece: 10, pause: 50 }));
  await using registry = connect(server);
  const descriptor = addBlob(server, "r", BYTES);
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 100);
  await assert.rejects(collectBytes(readBlob(registry, { repository: "r", descriptor }, abort.signal)), {
    code: "user-cancelled",
  });
});

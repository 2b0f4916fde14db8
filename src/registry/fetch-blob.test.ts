import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes, type TareError } from "../base/index.ts";
import { readBlob } from "./fetch-blob.ts";
import {
  addBlob,
  BYTES,
  connect,
  type Fault,
  never,
  startRegistry,
  type TestRegistryOptions,
} from "./fixtures.ts";
import { requireBlob } from "./has-blob.ts";

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

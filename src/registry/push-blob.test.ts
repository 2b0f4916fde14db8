import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256, streamOf } from "../base/index.ts";
import { addBlob, BYTES, blobOf, connect, type Fault, never, startRegistry, USER } from "./fixtures.ts";
import { hasBlob } from "./has-blob.ts";
import { mountBlob } from "./mount-blob.ts";
import { pushBlob } from "./push-blob.ts";

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

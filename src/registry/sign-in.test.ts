import assert from "node:assert/strict";
import { test } from "node:test";
import { collectBytes, sha256, streamOf } from "../base/index.ts";
import { readBlob } from "./fetch-blob.ts";
import { addBlob, BYTES, blobOf, connect, never, startRegistry, USER } from "./fixtures.ts";
import { fetchManifest } from "./manifests.ts";
import { pushBlob } from "./push-blob.ts";
import { pingRegistry } from "./registry.ts";

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

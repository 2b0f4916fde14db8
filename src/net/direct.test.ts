import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { openDirect } from "./direct.ts";
import { dropAnswer } from "./http-client.ts";

let connections = 0;
const server = createServer((request, response) => {
  if (request.method === "PUT" && request.url === "/full") return void response.writeHead(413).end("no");
  if (request.url === "/mute") return;
  const answer = request.url ?? "";
  request.resume().on("end", () => response.setHeader("content-length", answer.length).end(answer));
});
server.on("connection", () => connections++);
const port = await new Promise<number>((resolve) =>
  server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
);
after(() => server.close().closeAllConnections());

const patience = { answer: 5000, body: 5000 };
const never = new AbortController().signal;
const at = (path: string) => new URL(`http://127.0.0.1:${port}${path}`);
const opened = () => openDirect(() => Promise.reject(new Error("no TLS is spoken here")));

test("a connection is kept for the next request, also after one of HEAD", async () => {
  const client = opened();
  const before = connections;
  for (const method of ["HEAD", "GET", "HEAD", "PUT"]) {
    const body = method === "PUT" ? Buffer.from("x") : undefined;
    await dropAnswer(await client.send({ url: at("/a"), method, headers: {}, body, patience }, never));
  }
  assert.equal(connections - before, 1);
  await client.close();
});

test("an answer that comes before all was sent is the answer, and the rest is not asked for", async () => {
  const client = opened();
  let pieces = 0;
  async function* endless() {
    for (;;) {
      pieces++;
      yield Buffer.alloc(1 << 20);
    }
  }
  const headers = { "content-length": String(2 ** 40) };
  const { status, body } = await client.send(
    { url: at("/full"), method: "PUT", headers, body: endless(), patience },
    never,
  );
  assert.equal(status, 413);
  const text: Uint8Array[] = [];
  for await (const part of body) text.push(part);
  assert.equal(Buffer.concat(text).toString(), "no");
  const sent = pieces;
  await dropAnswer(await client.send({ url: at("/b"), method: "GET", headers: {}, patience }, never));
  assert.ok(pieces <= sent + 1, "the source is left");
  await client.close();
});

test("what the source of a body throws is what the request fails with", async () => {
  const client = opened();
  async function* failing() {
    yield Buffer.from("a");
    throw new Error("the disk is gone");
  }
  const headers = { "content-length": "10" };
  const request = { url: at("/c"), method: "PUT", headers, body: failing(), patience };
  await assert.rejects(client.send(request, never), /the disk is gone/);
  await client.close();
});

test("a server that says nothing is given up, and a request that nobody wants any more", async () => {
  const client = opened();
  const request = { url: at("/mute"), method: "GET", headers: {}, patience: { answer: 50, body: 50 } };
  await assert.rejects(client.send(request, never), /fallen silent/);
  await assert.rejects(client.send({ ...request, patience }, AbortSignal.timeout(50)), {
    name: "AbortError",
  });
  await client.close();
});

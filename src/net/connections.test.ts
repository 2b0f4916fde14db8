import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import {
  createServer as createProxy,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { collectBytes, createHasher, sha256 } from "../base/index.ts";
import { openConnections } from "./connections.ts";
import { createHttpClient } from "./http-client.ts";
import type { TlsChoice } from "./tls.ts";

const folder = mkdtempSync(join(tmpdir(), "tare-net-"));
const [certificatePath, keyPath] = [join(folder, "cert.pem"), join(folder, "key.pem")];
execFileSync(
  "openssl",
  [
    ...["req", "-x509", "-days", "2", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-keyout", keyPath, "-out", certificatePath, "-subj", "/CN=localhost"],
    ...["-addext", "subjectAltName=DNS:localhost"],
  ],
  { stdio: "ignore" },
);
const [certificate, key] = [readFileSync(certificatePath, "utf8"), readFileSync(keyPath, "utf8")];
const asked: string[] = [];
const server = createServer({
  cert: certificate,
  key,
  ca: certificate,
  requestCert: true,
  rejectUnauthorized: false,
});
server.on("request", (request, response) =>
  request.method === "PUT"
    ? digestSlowly(request, response)
    : response.end(String((request.socket as import("node:tls").TLSSocket).authorized)),
);
const plain = createProxy(digestSlowly);
const proxy = createProxy(digestSlowly).on("connect", ({ url = "" }, socket) => {
  asked.push(url);
  const [host, port] = url.split(":");
  const onward = connect(Number(port), host, () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
  onward.pipe(socket).pipe(onward);
  onward.on("error", () => socket.destroy());
  socket.on("error", () => onward.destroy());
});
const listening = (one: Server | typeof server) =>
  new Promise<number>((resolve) =>
    one.listen(0, "localhost", () => resolve((one.address() as AddressInfo).port)),
  );
const [port, proxyPort, plainPort] = [
  await listening(server),
  await listening(proxy),
  await listening(plain),
];
after(() => {
  for (const one of [server, proxy, plain]) one.close().closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Answers with the digest of what was sent, of which it takes a little at a time. */
async function digestSlowly(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hasher = createHasher();
  for await (const chunk of request) {
    hasher.update(chunk);
    await sleep(1);
  }
  response.end(hasher.digest());
}

const never = new AbortController().signal;
const hints = { unreachable: "", refused: () => "" };

/** What the server says of who asks it. */
async function get(tls: TlsChoice | undefined, environment: Readonly<Record<string, string>> = {}) {
  await using client = createHttpClient(environment, hints, () => tls);
  const { body } = await client.get(`https://localhost:${port}/`, {}, never);
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts).toString();
}

const https_proxy = `http://localhost:${proxyPort}`;

test("a host is trusted by its own authorities, by nobody else's, or without asking", async () => {
  await assert.rejects(get(undefined), { code: "registry-unreachable", message: /certificate/ });
  assert.equal(await get({ authorities: [certificate], verify: true }), "false");
  assert.equal(await get({ authorities: [], verify: false }), "false");
  assert.equal(await get({ authorities: [certificate], client: { certificate, key }, verify: true }), "true");
});

test("the same holds beyond a proxy, which is left out for hosts that need none", async () => {
  await assert.rejects(get(undefined, { https_proxy }), { code: "registry-unreachable" });
  assert.equal(
    await get({ authorities: [certificate], client: { certificate, key }, verify: true }, { https_proxy }),
    "true",
  );
  assert.equal(await get(undefined, { https_proxy, TARE_EXTRA_CA_CERTS: certificatePath }), "false");
  assert.deepEqual([...new Set(asked)], [`localhost:${port}`]);
  const before = asked.length;
  for (const no_proxy of ["x, localhost", ".invalid,localhost"])
    assert.equal(await get({ authorities: [certificate], verify: true }, { https_proxy, no_proxy }), "false");
  assert.equal(asked.length, before);
});

const PIECES = 24;

/** The memory of each piece is used again as soon as that is allowed. */
async function* reusing(): AsyncGenerator<Uint8Array> {
  const memory = [0, 1].map(() => Buffer.alloc(256 << 10));
  for (let turn = 0; turn < PIECES; turn++) yield (memory[turn % 2] as Buffer).fill(turn + 1);
}

test("what is sent arrives as it was, though its memory is used again, however slowly it is taken", async () => {
  const expected = sha256(
    Buffer.concat(Array.from({ length: PIECES }, (_, at) => Buffer.alloc(256 << 10, at + 1))),
  );
  const trusted = () => ({ authorities: [certificate], verify: true });
  const http_proxy = https_proxy;
  for (const environment of [{}, { https_proxy, http_proxy }])
    for (const address of [`https://localhost:${port}/`, `http://localhost:${plainPort}/`]) {
      const connections = openConnections(environment, trusted);
      const headers = { "content-length": String(PIECES * (256 << 10)) };
      const patience = { answer: 60_000, body: 60_000 };
      const request = { url: new URL(address), method: "PUT", headers, body: reusing(), patience };
      const { body } = await connections.send(request, never);
      assert.equal(
        (await collectBytes(body)).toString(),
        expected,
        `${address} ${JSON.stringify(environment)}`,
      );
      await connections.close();
    }
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createProxy, type Server } from "node:http";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
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
server.on("request", ({ socket }, response) =>
  response.end(String((socket as import("node:tls").TLSSocket).authorized)),
);
const proxy = createProxy().on("connect", ({ url = "" }, socket) => {
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
const [port, proxyPort] = [await listening(server), await listening(proxy)];
after(() => {
  for (const one of [server, proxy]) one.close().closeAllConnections();
  rmSync(folder, { recursive: true });
});

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

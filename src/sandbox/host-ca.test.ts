import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { rootCertificates } from "node:tls";
import { derOf, splitPem, uniqueCertificates } from "../trust/index.ts";
import { hostCertificates } from "./host-ca.ts";

/** Something that looks like a certificate; nobody here looks inside. */
function pem(content: string, columns = 64): string {
  const body = Buffer.from(content.repeat(20)).toString("base64");
  const lines = body.match(new RegExp(`.{1,${columns}}`, "g")) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----`;
}

function bundle(text: string): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "tare-ca-"));
  const path = join(folder, "bundle.pem");
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

const PUBLIC = rootCertificates[0] as string;

test("what is in the host's bundle and in no public list is extra, once", async () => {
  using file = bundle(`# ours\n${pem("ours")}\n${PUBLIC}\n${pem("ours", 40)}\r\n${pem("other")}\n`);
  const without = await hostCertificates({});
  const { extra, bundle: all } = await hostCertificates({ SSL_CERT_FILE: file.path });
  const bodies = extra.map((one) => derOf(one).toString("latin1").slice(0, 5));
  assert.deepEqual(
    bodies.filter((body) => body === "ourso" || body === "other"),
    ["ourso", "other"],
  );
  assert.equal(extra.length, without.extra.length + 2);
  assert.equal(extra.includes(PUBLIC), false);
  assert.equal(
    all.some((one) => derOf(one).equals(derOf(PUBLIC))),
    true,
  );
  assert.equal(uniqueCertificates(all).length, all.length);
});

test("every variable that names a bundle is looked at", async () => {
  for (const name of [
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "TARE_NODE_EXTRA_CA_CERTS",
    "TARE_EXTRA_CA_CERTS",
  ]) {
    using file = bundle(pem(name));
    const { extra } = await hostCertificates({ [name]: file.path });
    assert.equal(extra.includes(pem(name)), true, name);
  }
});

test("a bundle that is missing, unreadable or no bundle adds nothing", async () => {
  using file = bundle("no certificate\n-----BEGIN CERTIFICATE-----\nAAAA\n");
  const without = await hostCertificates({});
  for (const path of ["", "/nowhere/bundle.pem", tmpdir(), file.path])
    assert.deepEqual(await hostCertificates({ SSL_CERT_FILE: path }), without, path);
});

test("certificates are found between other text, keys are not", () => {
  const key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----";
  assert.deepEqual(splitPem(`a\n${pem("one")}\n${key}\n${pem("two")}b`), [pem("one"), pem("two")]);
  assert.deepEqual(splitPem(""), []);
});

test("the bytes of a certificate are those between its lines", () => {
  assert.equal(derOf(pem("abc", 10).replaceAll("\n", "\r\n")).toString(), "abc".repeat(20));
  assert.equal(derOf(PUBLIC)[0], 0x30);
});

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sha256 } from "../base/index.ts";
import { type StepTrust, stepCa } from "./step-ca.ts";

function pem(content: string): string {
  const body = Buffer.from(content).toString("base64");
  return `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----`;
}

const [PUBLIC, OWN, IMAGE] = [pem("public"), pem("own"), pem("image")];
const HOST = { extra: [OWN], bundle: [PUBLIC, OWN] };

function workspace() {
  const folder = mkdtempSync(join(tmpdir(), "tare-step-ca-"));
  const step: StepTrust = { hasJava: false, env: [], folder };
  return { folder, step, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

function imageBundle(text: string): NonNullable<StepTrust["imageBundle"]> {
  return { digest: sha256(text), read: async () => text };
}

async function filesOf(host: typeof HOST, step: StepTrust): Promise<Readonly<Record<string, string>>> {
  const { mounts } = await stepCa(host, step);
  const folder = mounts[0]?.source ?? "";
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]),
  );
}

test("a host without extra certificates gives a step nothing", async () => {
  using work = workspace();
  assert.deepEqual(await stepCa({ extra: [], bundle: [PUBLIC] }, work.step), { mounts: [], env: [] });
  assert.deepEqual(readdirSync(work.folder), []);
});

test("a step finds the certificates by the variables of its programs", async () => {
  using work = workspace();
  const { mounts, env } = await stepCa(HOST, work.step);
  assert.deepEqual(
    mounts.map(({ target, readonly }) => [target, readonly]),
    [["/run/tare-ca", true]],
  );
  const bundles = ["SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"];
  const more = ["GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE"];
  assert.deepEqual(env, [
    ...[...bundles, ...more].map((name) => `${name}=/run/tare-ca/bundle.pem`),
    "NODE_EXTRA_CA_CERTS=/run/tare-ca/extra.pem",
  ]);
});

test("variables that the step sets itself stay as they are", async () => {
  using work = workspace();
  const own = ["SSL_CERT_FILE=", "PIP_CERT=/mine=x", "NODE_EXTRA_CA_CERTS=/a", "JAVA_TOOL_OPTIONS=-Xmx1g"];
  const { env } = await stepCa(HOST, { ...work.step, env: own, hasJava: true });
  assert.deepEqual(
    env.map((pair) => pair.split("=")[0]),
    ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "CARGO_HTTP_CAINFO", "AWS_CA_BUNDLE"],
  );
});

test("the bundle extends what the image trusts, else what the host trusts; no certificate is there twice", async () => {
  using work = workspace();
  assert.deepEqual(await filesOf(HOST, work.step), {
    "bundle.pem": `${PUBLIC}\n${OWN}\n`,
    "extra.pem": `${OWN}\n`,
  });
  const trusting = { ...work.step, imageBundle: imageBundle(`${IMAGE}\n# text\n`) };
  assert.equal((await filesOf(HOST, trusting))["bundle.pem"], `${IMAGE}\n${OWN}\n`);
  const already = { ...work.step, imageBundle: imageBundle(`${IMAGE}\n${OWN}\n`) };
  assert.equal((await filesOf(HOST, already))["bundle.pem"], `${IMAGE}\n${OWN}\n`);
  const empty = { ...work.step, imageBundle: imageBundle("") };
  assert.equal((await filesOf(HOST, empty))["bundle.pem"], `${OWN}\n`);
});

test("Java gets a store of its own, only where there is Java", async () => {
  using work = workspace();
  const { env } = await stepCa(HOST, { ...work.step, hasJava: true });
  assert.equal(env.at(-1), "JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/run/tare-ca/java.jks");
  const files = await filesOf(HOST, { ...work.step, hasJava: true });
  assert.deepEqual(Object.keys(files), ["bundle.pem", "extra.pem", "java.jks"]);
  assert.equal(Buffer.from(files["java.jks"] ?? "", "latin1").readUInt32BE(8), 2);
});

test("steps that trust the same share a folder, also when they make it at once; others have their own", async () => {
  using work = workspace();
  const same = await Promise.all(Array.from({ length: 8 }, () => stepCa(HOST, work.step)));
  assert.equal(new Set(same.map(({ mounts }) => mounts[0]?.source)).size, 1);
  assert.equal(readdirSync(work.folder).length, 1);
  const others: readonly (readonly [typeof HOST, Partial<StepTrust>])[] = [
    [HOST, { hasJava: true }],
    [HOST, { imageBundle: imageBundle(IMAGE) }],
    [HOST, { imageBundle: imageBundle("") }],
    [{ ...HOST, extra: [OWN, PUBLIC] }, {}],
    [{ ...HOST, bundle: [OWN] }, {}],
  ];
  for (const [host, more] of others) await stepCa(host, { ...work.step, ...more });
  assert.equal(readdirSync(work.folder).length, 1 + others.length);
});

test("any user of a container can read the files", async () => {
  using work = workspace();
  const { mounts } = await stepCa(HOST, work.step);
  const folder = mounts[0]?.source ?? "";
  const names = readdirSync(folder);
  const modes = ["", ...names].map((name) => statSync(join(folder, name)).mode & 0o777);
  assert.deepEqual(modes, [0o755, 0o644, 0o644]);
});

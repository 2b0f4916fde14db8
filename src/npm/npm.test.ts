import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TareError } from "../base/index.ts";
import { createHttpClient } from "../net/index.ts";
import { fetchNpmPackage } from "./fetch-npm.ts";
import { findNpmRegistry, NPM_HINTS } from "./registry.ts";
import { resolveNpm } from "./resolve-npm.ts";

const ARCHIVE = Buffer.from("an archive");
const INTEGRITY = `sha512-${createHash("sha512").update(ARCHIVE).digest("base64")}`;
const never = new AbortController().signal;
const client = createHttpClient({}, NPM_HINTS);
let server: Server;
let registry = "";
let cache = "";
let served: Buffer = ARCHIVE;
let asked: string[] = [];

before(async () => {
  const versions = {
    "22.1.0": { dist: { integrity: INTEGRITY } },
    "22.11.0": { dist: { integrity: INTEGRITY } },
    "22.12.0-rc.1": { dist: { integrity: INTEGRITY } },
    "23.0.0": { dist: { shasum: "x" } },
  };
  server = createServer(({ url = "" }, answer) => {
    asked.push(url);
    if (url === "/@a%2fb" || url === "/node") answer.end(JSON.stringify({ versions }));
    else if (url === "/broken") answer.end("<html>");
    else if (url.endsWith(".tgz")) answer.end(served);
    else answer.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cache = mkdtempSync(join(tmpdir(), "npm-"));
});

after(async () => {
  server.close();
  await client[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true });
});

const code = (expected: string, message: RegExp) => (error: unknown) =>
  error instanceof TareError && error.code === expected && message.test(error.message);

test("a range means its newest version that is no trial", async () => {
  const find = (range: string, name = "node") => resolveNpm({ name, range, registry }, client, never);
  assert.deepEqual(await find("22"), { name: "node", version: "22.11.0", integrity: INTEGRITY });
  assert.equal((await find("22.1", "@a/b")).version, "22.1.0");
  await assert.rejects(find("21"), code("resolve-package", /no version of node that 21 means/));
  await assert.rejects(find("23"), code("resolve-package", /no SHA-512 of node 23.0.0/));
  await assert.rejects(find("1", "absent"), code("registry-refused", /404/));
  await assert.rejects(find("1", "broken"), code("registry-refused", /as an npm registry does/));
});

test("an archive is fetched once, and only what the integrity says is kept", async () => {
  const access = { client, registry: async () => registry, cache };
  const info = { name: "@a/b", version: "22.1.0", integrity: INTEGRITY };
  served = Buffer.from("another archive");
  await assert.rejects(fetchNpmPackage(info, access, never), code("integrity-digest", /should have sha512-/));
  assert.deepEqual(readdirSync(cache), []);
  served = ARCHIVE;
  asked = [];
  const path = await fetchNpmPackage(info, access, never);
  assert.deepEqual(readFileSync(path), ARCHIVE);
  assert.deepEqual(asked, ["/@a/b/-/b-22.1.0.tgz"]);
  assert.equal(await fetchNpmPackage(info, access, never), path);
  assert.equal(asked.length, 1);
  writeFileSync(path, "damaged on the disk");
  assert.deepEqual(readFileSync(await fetchNpmPackage(info, access, never)), ARCHIVE);
});

test("the registry is npm's own", async () => {
  assert.equal(
    await findNpmRegistry({ NPM_CONFIG_REGISTRY: "http://npm.example/x//" }),
    "http://npm.example/x",
  );
  assert.match(await findNpmRegistry(process.env), /^https?:\/\//);
  await assert.rejects(
    findNpmRegistry({ PATH: "/nonexistent" }),
    code("environment-missing", /npm can not be asked/),
  );
});

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createHttpClient } from "../net/index.ts";
import { MIRROR_HINTS } from "./download-file.ts";
import { makeKey, publish, serve } from "./fixtures.ts";
import { resolveRequest } from "./resolution.ts";
import { debianSources } from "./source.ts";

const NOW = Date.UTC(2026, 0, 15);
const SIGNAL = new AbortController().signal;
const key = await makeKey();
const server = await serve();
const cache = mkdtempSync(join(tmpdir(), "tare-resolution-"));
const client = createHttpClient({}, MIRROR_HINTS);
after(async () => {
  await client[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  rmSync(cache, { recursive: true });
});

const suites = { trixie: { hello: "1.0-1", tools: "2" }, "trixie-updates": {}, "trixie-security": {} };
const mirror = await publish(server, suites, { key });
const access = { client, cache, refresh: false, keys: [key.publicKey], now: NOW };
const wishes = { sources: debianSources(mirror, "trixie"), architecture: "amd64", base: true };
const resolve = async (packages: readonly string[]) =>
  (await resolveRequest({ ...wishes, packages, dependencies: "follow" }, access, SIGNAL)).packages.map(
    ({ name, version }) => `${name} ${version}`,
  );
const lists = () => readdirSync(join(cache, "lists"));

test("a resolution is remembered for the same lists and the same wishes, and made again when it is damaged", async () => {
  assert.deepEqual(await resolve(["hello"]), ["hello 1.0-1"]);
  for (const name of lists().filter((one) => one.endsWith(".xz"))) rmSync(join(cache, "lists", name));
  assert.deepEqual(await resolve(["hello"]), ["hello 1.0-1"]);
  assert.deepEqual(
    lists().filter((name) => name.endsWith(".xz")),
    [],
  );
  assert.deepEqual((await resolve(["tools"])).includes("tools 2"), true);
  for (const name of lists().filter((one) => one.endsWith(".resolved.json")))
    writeFileSync(join(cache, "lists", name), "{");
  assert.deepEqual(await resolve(["hello"]), ["hello 1.0-1"]);
});

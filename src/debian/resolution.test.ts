import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createHttpClient } from "../net/index.ts";
import { MIRROR_HINTS } from "./download-file.ts";
import { makeKey, publish, serve } from "./fixtures.ts";
import { resolveRequest } from "./resolution.ts";
import type { ResolveRequest } from "./resolved.ts";
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

test("a request is remembered without its mirror, apart from requests by other rules", async () => {
  const own = { ...access, cache: mkdtempSync(join(tmpdir(), "tare-resolution-")) };
  try {
    const ask = (changes: Partial<ResolveRequest> = {}) => {
      const request = { architecture: "amd64", packages: ["hello"], dependencies: "follow" } as const;
      return resolveRequest(
        { sources: debianSources(mirror, "trixie"), ...request, ...changes },
        own,
        SIGNAL,
      );
    };
    const first = await ask();
    const kept = () =>
      readdirSync(join(own.cache, "lists")).filter((name) => name.endsWith(".resolved.json")).length;
    server.asked.length = 0;
    assert.deepEqual(await ask(), first);
    assert.deepEqual([kept(), server.asked.length], [1, 0]);
    assert.equal(first.releases.length, 3);
    assert.ok(!JSON.stringify(first).includes(server.origin), "nothing says which mirror it was");
    await ask({ dependencies: "none" });
    await ask({ packages: ["hello", "tools"] });
    await ask({ without: ["x"] });
    assert.equal(kept(), 4);
  } finally {
    rmSync(own.cache, { recursive: true });
  }
});

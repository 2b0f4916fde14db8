import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openCacheMount, type WantedCache } from "./cache-mounts.ts";

function opener(context: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "tare-caches-"));
  context.after(() => rmSync(root, { recursive: true }));
  const folders = { cacheMounts: join(root, "caches"), locks: join(root, "locks"), tmp: join(root, "tmp") };
  for (const folder of Object.values(folders)) mkdirSync(folder);
  const signal = new AbortController().signal;
  const open = (wanted: Partial<WantedCache>) =>
    openCacheMount(folders, { id: "a", sharing: "shared", fill: () => Promise.resolve(), ...wanted }, signal);
  return { open, folders };
}

test("a cache that could not be filled is none, and is filled by the next one", async (context) => {
  const { open, folders } = opener(context);
  const fails = async (path: string) => {
    writeFileSync(join(path, "half"), "");
    throw new Error("no");
  };
  await assert.rejects(open({ fill: fails }), /no/);
  assert.deepEqual(readdirSync(folders.tmp), []);
  using cache = await open({ fill: async (path) => writeFileSync(join(path, "whole"), "") });
  assert.deepEqual(readdirSync(cache.path), ["whole"]);
});

test("who shares a cache that is being filled waits until it is", async (context) => {
  const { open } = opener(context);
  let filled = 0;
  const fill = async (path: string) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    writeFileSync(join(path, "file"), "");
    filled++;
  };
  const caches = await Promise.all([open({ fill }), open({ fill }), open({ fill })]);
  assert.deepEqual([filled, new Set(caches.map(({ path }) => path)).size], [1, 1]);
  assert.equal(existsSync(join(caches[2].path, "file")), true);
  for (const cache of caches) cache[Symbol.dispose]();
});

test("private caches of one id are as many as their users", async (context) => {
  const { open } = opener(context);
  const [one, two] = [await open({ sharing: "private" }), await open({ sharing: "private" })];
  assert.notEqual(one.path, two.path);
  two[Symbol.dispose]();
  using again = await open({ sharing: "private" });
  assert.equal(again.path, two.path);
  one[Symbol.dispose]();
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { hexOf, sha256 } from "../base/index.ts";
import { canonicalJson } from "../graph/index.ts";
import { openStore } from "../store/index.ts";
import { ROOT } from "./fixtures.ts";
import { placedFile } from "./placed.ts";
import { rememberedComposition } from "./remembered-composition.ts";
import { writePart } from "./write-part.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "tare-composition-"));
after(() => rmSync(FOLDER, { recursive: true, force: true }));
const store = await openStore(join(FOLDER, "store"));
const LOCK = sha256("a lock");
const KEY = sha256(canonicalJson({ type: "composition", lock: LOCK }));

function part(path: string, youngest: number) {
  return { comment: `has ${path}`, youngest, placed: [placedFile({ ...ROOT, path, mtime: 1 }, path)] };
}

async function composing() {
  let times = 0;
  const layers = () =>
    rememberedComposition(LOCK, store, async () => {
      times++;
      return [await writePart(part("a", 1), store), await writePart(part("b", 2), store)];
    });
  const found = await layers();
  return { times, facts: found.map(({ layer, created, comment }) => [layer.id, created, comment]) };
}

test("a composition is made once for a lock, with times and comments, until one of its layers is gone", async () => {
  const first = await composing();
  assert.equal(first.times, 1);
  assert.deepEqual(await composing(), { ...first, times: 0 });
  assert.equal(first.facts[1]?.[2], "has b");
  rmSync(store.blobs.path(`sha256:${first.facts[1]?.[0]}`));
  assert.deepEqual(await composing(), first);
  assert.deepEqual(await composing(), { ...first, times: 0 });
});

test("a memory that is damaged counts as none", async () => {
  const first = await composing();
  const layers = first.facts.map(([id]) => id);
  for (const wrong of [
    null,
    1,
    {},
    { result: { layers } },
    { result: { layers: [1], created: [], comments: [] } },
  ]) {
    await store.keys.put(KEY, wrong);
    assert.deepEqual(await composing(), { ...first, times: 1 }, JSON.stringify(wrong));
  }
});

test("another lock is another composition, and prune keeps the layers of those that are remembered", async () => {
  const { facts } = await composing();
  let asked = false;
  await rememberedComposition(sha256("another"), store, async () => {
    asked = true;
    return [];
  });
  assert.ok(asked);
  await store.prune({ all: false, dryRun: false });
  for (const [id] of facts) assert.ok(await store.blobs.has(`sha256:${id}`), hexOf(`sha256:${id}`));
  assert.equal((await composing()).times, 0);
});

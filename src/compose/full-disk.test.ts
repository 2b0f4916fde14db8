import assert from "node:assert/strict";
import { readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TareError } from "../base/index.ts";
import { type DebContent, tarFile } from "../debian/fixtures.ts";
import { smallDisk } from "../store/fixtures.ts";
import { openStore } from "../store/index.ts";
import { digestsOf, openKitchen, recipeOf } from "./fixtures.ts";

/** What only root can do; the suite runs as both. */
const rootTest = process.getuid?.() === 0 ? test : () => undefined;

const PAGE = 4096;
const DEBS: readonly DebContent[] = ["a", "b"].map((name) => ({
  name,
  data: [tarFile(`./usr/${name}`, name.repeat(30_000)), tarFile(`./etc/${name}`, name)],
}));

rootTest("wherever the disk fills up it is told as that; with room again the same comes of it", async (t) => {
  const mounted = smallDisk(2048);
  if (typeof mounted === "string") return t.skip(mounted);
  using disk = mounted;
  await using kitchen = await openKitchen(DEBS);
  const recipe = recipeOf({ packages: ["a", "b"] });
  const locked = await kitchen.lock(recipe);
  const digests = await digestsOf(await kitchen.compose(recipe, { locked }));
  const filler = join(disk.path, "filler");
  let full = 0;
  let pages = 1;
  for (let ended = false; !ended; pages += 3) {
    const store = await openStore(join(disk.path, "store"));
    const { bavail, bsize } = statfsSync(disk.path);
    writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - pages * PAGE)));
    try {
      assert.deepEqual(await digestsOf(await kitchen.compose(recipe, { locked, store })), digests);
      ended = true;
    } catch (error) {
      assert.ok(error instanceof TareError, error instanceof Error ? error.stack : String(error));
      assert.equal(error.code, "environment-disk", error.stack);
      assert.match(error.message, /^no space left while writing /);
      full++;
    }
    rmSync(filler);
    assert.deepEqual(readdirSync(join(store.root, "tmp")), [], `${pages} pages`);
    if (ended) continue;
    const again = await digestsOf(await kitchen.compose(recipe, { locked, store }));
    assert.deepEqual(again, digests, `after ${pages} pages`);
    rmSync(store.root, { recursive: true });
  }
  assert.ok(full > 5, `full ${full} times`);
});

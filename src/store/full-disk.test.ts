import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sha256, TareError } from "../base/index.ts";
import {
  collect,
  directoryLayer,
  imageOf,
  keyOf,
  ref,
  smallDisk,
  tarLayer,
  verifyImage,
} from "./fixtures.ts";
import { openStore, type Store } from "./store.ts";

/** What only root can do; the suite runs as both. */
const rootTest = process.getuid?.() === 0 ? test : () => undefined;

const PAGE = 4096;

function isFull(error: unknown): true {
  assert.ok(error instanceof TareError, error instanceof Error ? error.stack : String(error));
  assert.equal(error.code, "environment-disk", error.stack);
  assert.match(error.message, /^no space left while writing /);
  assert.ok(error.facts.hint, "it has a hint");
  return true;
}

/** Takes all of a disk but so many pages; gives them back when disposed. */
function leaving(pages: number, disk: string): Disposable {
  const filler = join(disk, "filler");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - pages * PAGE)));
  return { [Symbol.dispose]: () => rmSync(filler) };
}

/** Everything that writes, on fresh content; what `before` made is used, too. */
async function useStore(store: Store, { name, before }: { readonly name: string; readonly before: Parts }) {
  await using _lease = await store.hold("a test");
  const files = (await before.directory.index()).entries.filter(({ kind }) => kind === "file");
  await before.directory.contentDigests(files);
  await before.directory.diffId();
  await before.tar.directory();
  const layer = await tarLayer(store, { a: name.repeat(500) });
  await layer.descriptor();
  await layer.directory();
  // Empty, so that the test itself needs no room.
  const step = await directoryLayer(store, { b: "" });
  await store.layers.settle([layer, step]);
  await store.keys.put(keyOf(name), { result: { layers: [layer.id] } });
  const record = await imageOf(store, [layer, step], name);
  using _turn = await store.exclusive(name, new AbortController().signal);
  return record;
}

interface Parts {
  readonly directory: Awaited<ReturnType<typeof directoryLayer>>;
  readonly tar: Awaited<ReturnType<typeof tarLayer>>;
}

async function partsOf(store: Store, name: string): Promise<Parts> {
  return {
    directory: await directoryLayer(store, { a: name }),
    tar: await tarLayer(store, { t: name }),
  };
}

rootTest("wherever the disk fills up it is told as that, and nothing is lost", async (t) => {
  const mounted = smallDisk(2048);
  if (typeof mounted === "string") return t.skip(mounted);
  using disk = mounted;
  const store = await openStore(join(disk.path, "store"));
  const kept = await imageOf(store, [await tarLayer(store, { a: "kept" })], "kept");
  let full = 0;
  let pages = 0;
  for (let ended = false; !ended; pages++) {
    const before = await partsOf(store, `part ${pages}`);
    {
      using _room = leaving(pages, disk.path);
      try {
        await useStore(store, { name: `n${pages}`, before });
        ended = true;
      } catch (error) {
        full += Number(isFull(error));
      }
    }
    assert.deepEqual(readdirSync(join(store.root, "tmp")), [], `${pages} pages`);
    assert.deepEqual(readdirSync(join(store.root, "leases")), [], `${pages} pages`);
    await verifyImage(store, kept);
    await store.prune({ all: true, dryRun: false });
  }
  assert.ok(full > 5, `full ${full} times`);
  const again = await useStore(store, { name: "again", before: await partsOf(store, "again") });
  await verifyImage(await openStore(store.root), again);
  assert.equal((await store.images.resolve("kept"))?.id, kept.id);
});

rootTest("a layer that does not fit leaves room for one that does", async (t) => {
  const mounted = smallDisk(2048);
  if (typeof mounted === "string") return t.skip(mounted);
  using disk = mounted;
  const store = await openStore(join(disk.path, "store"));
  const kept = await imageOf(store, [await tarLayer(store, { a: "kept" })], "kept");
  await assert.rejects(tarLayer(store, { a: "x".repeat(4 << 20) }), isFull);
  const random = Array.from({ length: 20_000 }, (_, at) => sha256(String(at))).join("");
  const large = await tarLayer(store, { a: random.slice(0, 1_200_000) });
  await assert.rejects(large.directory(), isFull);
  assert.deepEqual(readdirSync(join(store.root, "tmp")), []);
  const report = await store.prune({ all: false, dryRun: false });
  assert.deepEqual([report.layers, report.blobs], [1, 1]);
  const again = await tarLayer(store, { a: "y".repeat(1_200_000) });
  const [entry] = (await again.index()).entries;
  assert.equal((await collect(again.read(entry!))).length, 1_200_000);
  await verifyImage(store, kept);
  await store.images.untag(ref("kept"));
});

test("a store that can not be made, because a file is there, is told as such", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-store-"));
  try {
    const file = join(folder, "file");
    writeFileSync(file, "");
    for (const root of [file, join(file, "store")])
      await assert.rejects(openStore(root), (error) => {
        assert.ok(error instanceof TareError, String(error));
        assert.deepEqual(
          [error.code, error.message],
          ["environment-disk", `the store ${root} is not a folder`],
        );
        assert.ok(error.facts.hint, "it has a hint");
        return true;
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { decompress, tableTar } from "../archive/index.ts";
import { type Digest, digestOf } from "../base/index.ts";
import { tableOfContents } from "../oci/index.ts";
import { collect, contents, directoryLayer, tarLayer, workspace } from "./fixtures.ts";
import { openListing } from "./layer-listing.ts";
import type { LocalLayer } from "./types.ts";

const FILES = { a: "one", b: "two", c: "" };
const LEVEL = { level: 6 };

test("a layer gets a table of contents as another layer with the same files, in both forms", async () => {
  using work = await workspace();
  const { blobs, layers, scratch } = work.store;
  for (const layer of [await tarLayer(work.store, FILES), await directoryLayer(work.store, FILES)] as const) {
    const local = (await layers.get(layer.id)) as LocalLayer;
    const listed = await layers.addEstargz(local, LEVEL);
    assert.notEqual(listed.id, layer.id);
    assert.deepEqual(await contents(listed), FILES);
    const descriptor = await listed.descriptor();
    const bytes = await collect(blobs.get(descriptor.digest));
    // What it decompresses to is what the image's config is to name.
    assert.equal(await digestOf(decompress(blobs.get(descriptor.digest))), await listed.diffId());
    assert.equal(
      descriptor.annotations?.["io.containers.estargz.uncompressed-size"],
      String(await listed.tarSize()),
    );
    const toc = tableOfContents(descriptor);
    assert.ok(toc);
    const readPart = (offset: number, length: number) => blobs.range(descriptor.digest, offset, length);
    const { index } = await openListing({ size: bytes.length, readPart }, { toc, blobs, scratch });
    const { entries } = await listed.index();
    assert.deepEqual(
      index.entries,
      entries.map(({ offset: _offset, ...entry }) => entry),
    );
    // The same again, also of the layer that it has become.
    assert.equal((await layers.addEstargz(local, LEVEL)).id, listed.id);
    assert.equal((await layers.addEstargz(listed, LEVEL)).id, listed.id);
  }
});

test("whether a table is that of a layer is told by the layer's own tar", async () => {
  using work = await workspace();
  const { layers } = work.store;
  const [one, two] = [await tarLayer(work.store, FILES), await tarLayer(work.store, { ...FILES, b: "2" })];
  const [listed, other] = [await layers.addEstargz(one, LEVEL), await layers.addEstargz(two, LEVEL)];
  const descriptor = await listed.descriptor();
  assert.equal(await layers.hasTable(listed.id, descriptor), true);
  assert.equal(await layers.hasTable(listed.id, { ...descriptor, annotations: {} }), false);
  assert.equal(await layers.hasTable(listed.id, await other.descriptor()), false);
  assert.equal(await layers.hasTable(one.id, descriptor), false);
  // A table that is there, and of other files.
  const lie = tableTar(await tableIn(other));
  const bytes = async function* () {
    yield* one.tar();
    yield* lie;
  };
  const lying = await layers.addTar(bytes());
  assert.equal(await layers.hasTable(lying.id, await other.descriptor()), false);
});

/** The JSON at the end of a layer's tar. */
async function tableIn(layer: LocalLayer): Promise<Buffer> {
  const tar = await collect(layer.tar());
  const at = tar.lastIndexOf("stargz.index.json\0") + 512;
  return tar.subarray(at, at + Number.parseInt(tar.toString("latin1", at - 512 + 124, at - 512 + 136), 8));
}

test("a compressed form that is lost is made again without the table, which is never told of another one", async () => {
  using work = await workspace();
  const { blobs, layers } = work.store;
  const listed = await layers.addEstargz(await tarLayer(work.store, FILES), LEVEL);
  await rm(blobs.path((await listed.descriptor()).digest as Digest));
  const again = await (await work.reopen()).layers.get(listed.id);
  assert.equal(await again?.made(), undefined);
  assert.equal((await again?.descriptor())?.annotations, undefined);
});

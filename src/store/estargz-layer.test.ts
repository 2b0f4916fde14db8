import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { test } from "node:test";
import { decompress } from "../archive/index.ts";
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

test("a compressed form that is lost is made again without the table, which is never told of another one", async () => {
  using work = await workspace();
  const { blobs, layers } = work.store;
  const listed = await layers.addEstargz(await tarLayer(work.store, FILES), LEVEL);
  await rm(blobs.path((await listed.descriptor()).digest as Digest));
  const again = await (await work.reopen()).layers.get(listed.id);
  assert.equal(await again?.made(), undefined);
  assert.equal((await again?.descriptor())?.annotations, undefined);
});

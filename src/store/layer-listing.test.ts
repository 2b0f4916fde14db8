import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import { estargz } from "../archive/index.ts";
import { collectBytes, sha256, streamOf, TareError } from "../base/index.ts";
import { MEDIA_TYPE, type TableOfContents, TOC_ANNOTATION } from "../oci/index.ts";
import { type Entry, tarContents, tarFromIndex, tocFromIndex, withTarOffsets } from "../tree/index.ts";
import { confirmTable } from "./confirm-table.ts";
import { collect, dirEntry, fileEntry, rejects, tarLayer, workspace } from "./fixtures.ts";
import { type LayerListing, openListing } from "./layer-listing.ts";
import { spansOf } from "./layer-pieces.ts";
import type { Store } from "./store.ts";
import type { LocalLayer } from "./types.ts";

/** A layer as eStargz, and what of it was asked for. */
async function stargzOf(entries: readonly Entry[], content: (path: string) => Uint8Array) {
  const index = withTarOffsets({ entries });
  const tar = await collectBytes(tarFromIndex(index, ({ path }) => streamOf(content(path))));
  let table: Buffer = Buffer.alloc(0);
  const bytes = await collectBytes(
    estargz(streamOf(tar), {
      contents: tarContents(index),
      table: (contents) => {
        table = tocFromIndex(index, contents);
        return table;
      },
    }),
  );
  return { index, tar, table, bytes, toc: { type: "estargz", digest: sha256(table) } as const };
}

type Stargz = Awaited<ReturnType<typeof stargzOf>>;

async function opened(
  { blobs, scratch }: Store,
  { bytes, toc }: Pick<Stargz, "bytes"> & { readonly toc: TableOfContents },
): Promise<LayerListing & { readonly asked: (readonly [number, number])[] }> {
  const asked: (readonly [number, number])[] = [];
  const readPart = (offset: number, length: number) => {
    asked.push([offset, length]);
    return streamOf(bytes.subarray(offset, offset + length));
  };
  const listing = await openListing({ size: bytes.length, readPart }, { toc, blobs, scratch });
  return { ...listing, asked };
}

/** Bytes that do not shrink. */
function noise(size: number, seed: number): Buffer {
  return createCipheriv("aes-128-ctr", Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(size));
}

const FILES: Readonly<Record<string, Buffer>> = {
  "bin/large": noise(9_000_000, 1),
  "bin/one": noise(300_000, 2),
  "etc/passwd": Buffer.from("root:x:0:0::/:\n"),
  "lib/last": noise(5_000_000, 3),
};
const ENTRIES: readonly Entry[] = [
  dirEntry("bin"),
  ...Object.entries(FILES).map(([path, { length: size }]) => ({ ...fileEntry(path, ""), size })),
  { ...fileEntry("link", ""), kind: "hardlink", link: "bin/one" },
];

test("files are had by themselves while they are few, their table only once", async () => {
  using work = await workspace();
  const layer = await stargzOf(ENTRIES, (path) => FILES[path] as Buffer);
  const { index, asked, bring } = await opened(work.store, layer);
  const named = (...paths: readonly string[]) => index.entries.filter(({ path }) => paths.includes(path));
  assert.equal(asked.length, 1);
  asked.length = 0;
  {
    await using files = await bring(named("bin/one", "etc/passwd"));
    for (const entry of named("bin/one", "etc/passwd"))
      assert.deepEqual(await collect(files?.read(entry) ?? streamOf()), FILES[entry.path]);
  }
  // They are beside each other.
  assert.equal(asked.length, 1);
  const fetched = asked.reduce((sum, [, length]) => sum + length, 0);
  assert.ok(fetched > 300_000 && fetched < 310_000, String(fetched));
  await using large = await bring(named("lib/last"));
  assert.deepEqual(
    await collect(large?.read(named("lib/last")[0] as Entry) ?? streamOf()),
    FILES["lib/last"],
  );
  // Far inside of something, as many small files may be.
  const far = { start: 0, end: 10, skip: 15_000, size: 10 };
  assert.deepEqual(spansOf([far], { size: 1_000_000 }), [{ start: 0, end: 10 }]);
  assert.equal(spansOf(Array(2000).fill(far), { size: 1_000_000 }), undefined);
  // More than half of it: then the layer itself comes as soon.
  assert.equal(await bring(named("bin/large")), undefined);
  assert.equal((await opened(work.store, layer)).asked.length, 0);
});

test("a table that is not the one that the manifest names is not believed, nor a file that is not the one of the table", async () => {
  using work = await workspace();
  const layer = await stargzOf(ENTRIES, (path) => FILES[path] as Buffer);
  const named = { ...layer, toc: { ...layer.toc, digest: sha256("another") } };
  await assert.rejects(opened(work.store, named), rejects("integrity-digest", /its digest is/));
  for (const [what, bytes] of [
    ["no footer", layer.bytes.subarray(0, -1)],
    ["nothing but zeros", Buffer.alloc(70_000)],
    ["a place behind the end", Buffer.concat([layer.bytes.subarray(0, -51), footer("fffffff")])],
    ["a place in the middle", Buffer.concat([layer.bytes.subarray(0, -51), footer("1000")])],
  ] as const)
    await assert.rejects(opened(work.store, { ...layer, bytes }), TareError, what);
  const changed = Buffer.from(layer.bytes);
  changed.fill(1, 9_100_000, 9_110_000);
  const { index, bring } = await opened(work.store, { ...layer, bytes: changed });
  const wanted = index.entries.filter(({ path }) => path === "bin/one");
  await assert.rejects(bring(wanted), TareError);
});

test("a digest of what is too large for a table is not read as one", async () => {
  using work = await workspace();
  const layer = await stargzOf(ENTRIES, (path) => FILES[path] as Buffer);
  const large = 1 << 30;
  const none = () => assert.fail("read as a whole");
  const blobs = { ...work.store.blobs, has: async () => true, size: async () => large, get: none };
  await opened({ ...work.store, blobs }, layer);
  const range = (_digest: string, _offset: number, length: number) =>
    length < large ? streamOf(Buffer.alloc(length)) : none();
  const own: LocalLayer = {
    ...(await tarLayer(work.store, {})),
    index: async () => ({ entries: [{ ...fileEntry("stargz.index.json", ""), offset: 512, size: large }] }),
  };
  const annotations = { [TOC_ANNOTATION.estargzDigest]: layer.toc.digest };
  const descriptor = { mediaType: MEDIA_TYPE.layerGzip, digest: layer.toc.digest, size: 1, annotations };
  assert.equal(await confirmTable(own, { descriptor, blobs: { ...blobs, range } }), false);
});

function footer(offset: string): Buffer {
  const text = `${offset.padStart(16, "0")}STARGZ`;
  const head = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0, 0x53, 0x47, 22, 0];
  return Buffer.concat([
    Buffer.from(head),
    Buffer.from(text),
    Buffer.from([1, 0, 0, 255, 255]),
    Buffer.alloc(8),
  ]);
}

test("of a zstd:chunked the table is where the manifest says, and holes are nowhere", {
  skip: !isThere("zstd") && "SKIPPED: zstd(1) is not installed",
}, async () => {
  using work = await workspace();
  const compressed = (bytes: Uint8Array) =>
    execFileSync("zstd", ["-q"], { input: bytes, maxBuffer: 1 << 26 });
  const [head, content, other] = [noise(512, 4), noise(100_000, 5), noise(3_000_000, 6)].map(compressed) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const offset = head.length;
  const endOffset = offset + content.length;
  const file = Buffer.concat([noise(100_000, 5), Buffer.alloc(70_000)]);
  const entries = [
    {
      name: "f",
      type: "reg",
      size: file.length,
      digest: sha256(file),
      offset,
      endOffset,
      chunkSize: 100_000,
    },
    { name: "f", type: "chunk", chunkOffset: 100_000, chunkType: "zeros" },
  ];
  const table = compressed(Buffer.from(JSON.stringify({ version: 1, entries })));
  const bytes = Buffer.concat([head, content, other, table]);
  const place = { offset: bytes.length - table.length, length: table.length };
  const toc = { type: "zstd-chunked", digest: sha256(table), ...place } as const;
  const { index, asked, bring } = await opened(work.store, { bytes, toc });
  const entry = index.entries[0] as Entry;
  await using files = await bring([entry]);
  assert.deepEqual(await collect(files?.read(entry) ?? streamOf()), file);
  assert.deepEqual(asked, [
    [place.offset, place.length],
    [offset, content.length],
  ]);
  // What is kept is read against its digest.
  assert.equal((await opened(work.store, { bytes, toc })).asked.length, 0);
  const another = { ...toc, digest: sha256("another") };
  await assert.rejects(
    opened(work.store, { bytes, toc: another }),
    rejects("integrity-digest", /its digest is/),
  );
});

function isThere(program: string): boolean {
  return !spawnSync(program, ["--version"]).error;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decompress, estargz, type StargzContent, tableTar } from "../archive/index.ts";
import { collectBytes, sha256, streamOf, TareError } from "../base/index.ts";
import { sampleLayer } from "./arbitrary.ts";
import type { Entry } from "./entry.ts";
import { indexFromToc, type TocListing } from "./index-from-toc.ts";
import { tarFromIndex, withTarOffsets } from "./tar-from-index.ts";
import { tarContents, tocFromIndex } from "./toc-from-index.ts";

const SIZE = 10_000;
const A = sha256("a");
const FILE = { name: "f", type: "reg", size: 5, digest: A, offset: 100 };

function listed(
  entries: readonly unknown[],
  {
    type = "estargz",
    size = SIZE,
  }: { readonly type?: "estargz" | "zstd-chunked"; readonly size?: number } = {},
): TocListing {
  return indexFromToc(Buffer.from(JSON.stringify({ version: 1, entries })), { type, size });
}

test("lines become entries: names are cleaned, the last of a path counts, whiteouts are whiteouts", () => {
  const { index } = listed([
    { name: "./", type: "dir", mode: 0o40755 },
    { name: "d/", type: "dir", mode: 0o1777, uid: 3, gid: 4, modtime: "2020-01-02T03:04:05.9Z" },
    { ...FILE, name: "/d/f", mode: 0o100644, xattrs: { "user.a": "AQI=", ["__proto__"]: "" } },
    { name: "d/f", type: "symlink", linkName: "/x", mode: 0o777 },
    { name: "d/.wh.gone", type: "reg" },
    { name: "d/.wh..wh..opq", type: "reg" },
    { name: "z", type: "char", devMajor: 1, devMinor: 3 },
  ]);
  const facts = { uid: 0, gid: 0, mtime: 0, size: 0 };
  assert.deepEqual(index.entries, [
    { ...facts, path: "", kind: "dir", mode: 0o755 },
    { ...facts, path: "d", kind: "dir", mode: 0o1777, uid: 3, gid: 4, mtime: 1_577_934_245 },
    { ...facts, path: "d/.wh..wh..opq", kind: "opaque", mode: 0 },
    { ...facts, path: "d/f", kind: "symlink", mode: 0o777, link: "/x" },
    { ...facts, path: "d/gone", kind: "whiteout", mode: 0 },
    { ...facts, path: "z", kind: "char", mode: 0, device: { major: 1, minor: 3 } },
  ]);
});

test("a content is where its parts are: to the next one, to where the table says, or nowhere where there are only zeros", () => {
  const chunk = { name: "f", type: "chunk" };
  const estargz = listed([
    { ...FILE, size: 5000, chunkSize: 3000 },
    { ...chunk, offset: 1000, chunkOffset: 3000, innerOffset: 7 },
    { ...FILE, name: "g", size: 5, digest: sha256("g"), offset: 9000 },
  ]);
  assert.deepEqual(estargz.contents.get(A), [
    { start: 100, end: 1000, skip: 0, size: 3000 },
    { start: 1000, end: 1000 + 2007 + 3 + 1024, skip: 7, size: 2000 },
  ]);
  assert.deepEqual(estargz.contents.get(sha256("g")), [{ start: 9000, end: SIZE, skip: 0, size: 5 }]);
  const chunked = listed(
    [
      { ...FILE, size: 5000, endOffset: 200, chunkSize: 3000 },
      { ...chunk, chunkOffset: 3000, chunkType: "zeros" },
    ],
    { type: "zstd-chunked" },
  );
  assert.deepEqual(chunked.contents.get(A), [
    { start: 100, end: 200, skip: 0, size: 3000 },
    { start: 0, end: 0, skip: 0, size: 2000 },
  ]);
});

test("eStargz has its table among its files where it has a landmark, and else behind the end of its tar", () => {
  const paths = (...names: readonly string[]) =>
    listed(names.map((name) => ({ ...FILE, name }))).index.entries.map(({ path }) => path);
  assert.deepEqual(paths("a"), ["a"]);
  assert.deepEqual(paths(".no.prefetch.landmark", "a"), [".no.prefetch.landmark", "a", "stargz.index.json"]);
});

test("a table of contents tells of a layer what its tar does, and stands behind that", async () => {
  await fc.assert(
    fc.asyncProperty(sampleLayer(), async (layer) => {
      const index = withTarOffsets(layer.index);
      const read = ({ path }: Entry) => streamOf(layer.contents.get(path) ?? new Uint8Array());
      const tar = await collectBytes(tarFromIndex(index, read));
      let json: Uint8Array = new Uint8Array();
      const table = (contents: readonly StargzContent[]) => {
        json = tocFromIndex(index, contents);
        return json;
      };
      const contents = tarContents(index);
      const bytes = await collectBytes(estargz(streamOf(tar), { contents, table })).catch(
        (error: unknown) => {
          // JSON has no words for names that are no text.
          assert.equal((error as TareError).code, "user-unsupported");
          return undefined;
        },
      );
      if (!bytes) return;
      const plain = await collectBytes(decompress(streamOf(bytes)));
      assert.deepEqual(plain, Buffer.concat([tar, ...tableTar(json)]));
      const found = indexFromToc(json, { type: "estargz", size: bytes.length });
      assert.deepEqual(exact(found.index.entries), exact(index.entries));
    }),
    { numRuns: 60 },
  );
});

/** Without places in the tar, which a table does not know. */
function exact(entries: readonly Entry[]): readonly Entry[] {
  const buffers = (xattrs: NonNullable<Entry["xattrs"]>) =>
    Object.fromEntries(Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value)] as const));
  return entries.map(({ offset: _offset, xattrs, ...entry }) => ({
    ...entry,
    ...(xattrs && { xattrs: buffers(xattrs) }),
  }));
}

const ODD: readonly (readonly [string, readonly unknown[]])[] = [
  ["a line that is none", [null]],
  ["an unknown type", [{ name: "a", type: "toString" }]],
  ["no name", [{ type: "dir" }]],
  ["a name that was no text", [{ name: "a\ufffd", type: "dir" }]],
  ["a name with a surrogate alone", [{ name: "a\udc80", type: "dir" }]],
  ["a zero byte", [{ name: "a\0", type: "dir" }]],
  ["a way out", [{ name: "../a", type: "dir" }]],
  ["a way through a file", [FILE, { name: "f/g", type: "dir" }]],
  ["a hard link to nothing", [{ name: "a", type: "hardlink", linkName: "b" }]],
  ["a size that is negative", [{ ...FILE, size: -1 }]],
  ["a size that is text", [{ ...FILE, size: "5" }]],
  ["an owner that nobody has", [{ ...FILE, uid: 2 ** 32 - 1 }]],
  ["a time that is none", [{ ...FILE, modtime: "yesterday" }]],
  ["no digest", [{ ...FILE, digest: "" }]],
  ["a digest of another kind", [{ ...FILE, digest: "md5:1" }]],
  ["a place behind the end", [{ ...FILE, offset: SIZE }]],
  ["an end behind the end", [{ ...FILE, endOffset: SIZE + 1 }]],
  ["an end before the beginning", [{ ...FILE, endOffset: 99 }]],
  ["a part of nothing", [{ name: "f", type: "chunk", offset: 1 }]],
  ["a part that is missing", [{ ...FILE, chunkSize: 3 }]],
  [
    "parts that leave a gap",
    [
      { ...FILE, chunkSize: 3 },
      { type: "chunk", offset: 200, chunkOffset: 4 },
    ],
  ],
  ["parts that are too long", [{ ...FILE, chunkSize: 6 }]],
  [
    "a part that goes back",
    [
      { ...FILE, chunkSize: 6 },
      { type: "chunk", chunkOffset: 6, chunkType: "zeros" },
    ],
  ],
  ["one content of two sizes", [FILE, { ...FILE, name: "g", size: 6 }]],
  ["far inside of something", [{ ...FILE, innerOffset: 2 ** 31 }]],
  ["a bomb", [{ ...FILE, size: 2 ** 40 }]],
  ["holes without end", [{ ...FILE, size: 2 ** 40, chunkType: "zeros" }]],
  ["an attribute that is no text", [{ ...FILE, xattrs: { a: 1 } }]],
];

for (const [what, entries] of ODD)
  test(`a table with ${what} is refused`, () => {
    assert.throws(
      () => listed(entries),
      (error) => error instanceof TareError && error.code === "integrity-archive",
    );
  });

test("what is no table is refused", () => {
  for (const text of ["", "{", "[]", "null", '{"version":2,"entries":[]}', '{"version":1,"entries":{}}'])
    assert.throws(() => indexFromToc(Buffer.from(text), { type: "estargz", size: SIZE }), TareError, text);
});

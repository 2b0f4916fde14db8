import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { sampleLayer } from "./arbitrary.ts";
import { decodeIndex, decodeIndexBuffer } from "./decode-index.ts";
import { encodeIndex } from "./encode-index.ts";
import type { Entry } from "./entry.ts";
import type { LayerIndex } from "./layer.ts";
import { withTarOffsets } from "./tar-from-index.ts";
import { validateIndex } from "./validate.ts";

function encoded(index: LayerIndex): Buffer {
  return Buffer.concat([...encodeIndex(index)]);
}

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    // One buffer for all pieces, as a stream that uses its memory again would give.
    buffer.set(piece);
    yield buffer.subarray(0, piece.length);
  }
}

function plain(index: LayerIndex): LayerIndex {
  const bytes = (xattrs: Entry["xattrs"]) =>
    Object.fromEntries(Object.entries(xattrs ?? {}).map(([name, value]) => [name, Buffer.from(value)]));
  return {
    entries: index.entries.map((entry) => (entry.xattrs ? { ...entry, xattrs: bytes(entry.xattrs) } : entry)),
  };
}

test("an index survives encoding and decoding, in one piece and in many", async () => {
  await fc.assert(
    fc.asyncProperty(
      sampleLayer(),
      fc.integer({ min: 1, max: 400 }),
      fc.boolean(),
      async (layer, size, offsets) => {
        const index = plain(offsets ? withTarOffsets(layer.index) : layer.index);
        validateIndex(index);
        const bytes = encoded(index);
        assert.deepEqual(decodeIndexBuffer(bytes), index);
        assert.deepEqual(await decodeIndex(pieces(bytes, size)), index);
      },
    ),
  );
});

test("an index larger than a chunk survives", () => {
  const entries = Array.from({ length: 20_000 }, (_, at): Entry => {
    const path = `d/${String(at).padStart(6, "0")}-${"é".repeat(at % 7)}`;
    return {
      path,
      kind: "file",
      mode: 0o644,
      uid: at,
      gid: 0,
      mtime: 1 - at,
      size: at * 1e9,
      offset: at * 1e9,
    };
  });
  const chunks = [...encodeIndex({ entries })];
  assert.ok(chunks.length > 5);
  assert.deepEqual(decodeIndexBuffer(Buffer.concat(chunks)), { entries });
});

test("the same index gives the same bytes whatever the order of its attributes", () => {
  const entry = { path: "a", kind: "file", mode: 0, uid: 0, gid: 0, mtime: 0, size: 0 } as const;
  const one = { "user.a": Buffer.of(1), "user.b": Buffer.of(2) };
  const other = { "user.b": Buffer.of(2), "user.a": Buffer.of(1) };
  assert.deepEqual(
    encoded({ entries: [{ ...entry, xattrs: one }] }),
    encoded({ entries: [{ ...entry, xattrs: other }] }),
  );
});

test("every cut and every flipped byte is noticed", () => {
  const sample: Entry = {
    path: "a",
    kind: "file",
    mode: 0o644,
    uid: 0,
    gid: 0,
    mtime: 1,
    size: 3,
    offset: 512,
  };
  const device = { major: 1, minor: 3 };
  const bytes = encoded({
    entries: [
      sample,
      { ...sample, path: "b", xattrs: { "user.x": Buffer.of(255) } },
      { ...sample, path: "c", device },
    ],
  });
  const isDamage = (error: unknown) => error instanceof TareError && error.code === "integrity-store";
  for (let at = 0; at < bytes.length; at++) {
    assert.throws(() => decodeIndexBuffer(bytes.subarray(0, at)), isDamage, `cut at ${at}`);
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] as number) ^ 0x11;
    assert.throws(() => decodeIndexBuffer(flipped), isDamage, `flipped at ${at}`);
  }
  assert.throws(() => decodeIndexBuffer(Buffer.concat([bytes, bytes])), isDamage);
});

test("lines that are no entries are damage even under a right checksum", () => {
  const lines = [
    "5",
    "null",
    "{}",
    "[]",
    "[0,1,0,0,0,0,0,0]",
    '[0,"a",99,0,0,0,0,0]',
    '[0,"a",0,"x",0,0,0,0]',
    "[,]",
  ];
  for (const line of lines) {
    const body = `{"tareIndex":1,"entries":1}\n${line}\n`;
    const bytes = Buffer.from(`${body}{"crc32":${crc32(body)}}\n`);
    assert.throws(() => decodeIndexBuffer(bytes), { code: "integrity-store" }, line);
  }
});

test("an index of another version is refused", () => {
  const body = '{"tareIndex":2,"entries":0}\n';
  const bytes = Buffer.from(`${body}{"crc32":${crc32(body)}}\n`);
  assert.throws(() => decodeIndexBuffer(bytes), { code: "integrity-store" });
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { missing } from "./fixtures.ts";
import { unxzByLibrary } from "./xz-library.ts";

const TEXT = Buffer.from("a text with matches, a text with matches and 12345. ".repeat(20_000));
const skip = missing("xz", "--version");

function pack(bytes: Uint8Array, ...args: readonly string[]): Buffer {
  return execFileSync("xz", ["-c", ...args], { input: bytes });
}

/** What the library gives, or how it is refused; nothing else may happen. */
async function attempt(bytes: Uint8Array): Promise<Buffer | undefined> {
  try {
    return await unxzByLibrary(bytes);
  } catch (error) {
    assert.ok(error instanceof TareError && error.code === "integrity-archive", String(error));
    return undefined;
  }
}

test("the system's library decompresses one stream of any kind, many at once", { skip }, async () => {
  for (const args of [[], ["-9e", "--check=sha256"], ["--check=none"], ["-T2", "--block-size=100000"]])
    for (const bytes of [TEXT, TEXT.subarray(0, 1)]) {
      const packed = pack(bytes, ...args);
      const results = await Promise.all(Array.from({ length: 8 }, () => unxzByLibrary(packed)));
      for (const result of results) assert.ok(result?.equals(bytes), args.join(" "));
    }
});

test("it leaves several streams, padding, other formats and no bytes at all to others", {
  skip,
}, async () => {
  const packed = pack(TEXT);
  for (const other of [
    Buffer.concat([packed, packed]),
    Buffer.concat([packed, Buffer.alloc(4)]),
    pack(TEXT, "--format=lzma"),
    TEXT,
    Buffer.alloc(0),
  ])
    assert.equal(await attempt(other), undefined);
});

test("of damaged data it gives the right bytes or none", { skip }, async () => {
  const packed = pack(TEXT.subarray(0, 5000));
  const place = fc.integer({ min: 0, max: packed.length - 1 });
  await fc.assert(
    fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, change, cut) => {
      const bytes = Buffer.from(cut ? packed.subarray(0, at) : packed);
      if (!cut) bytes[at] = (bytes[at] as number) ^ change;
      const result = await attempt(bytes);
      assert.ok(result === undefined || result.equals(TEXT.subarray(0, 5000)));
    }),
    { numRuns: 500 },
  );
});

test("an index that claims more or less than there is, or what no memory holds, is not believed", {
  skip,
}, async () => {
  const packed = pack(TEXT.subarray(0, 100));
  const index = packed.length - 12 - (packed.readUInt32LE(packed.length - 8) + 1) * 4;
  // One block: its padded length in one byte or two, then the size in one.
  const sizeAt = packed.indexOf(100, index);
  for (const size of [99, 101, 127]) {
    const lying = Buffer.from(packed);
    lying[sizeAt] = size;
    assert.equal(await attempt(lying), undefined);
  }
  const huge = Buffer.concat([Buffer.from([0, 1, 1]), Buffer.from("ffffffffffff7f", "hex")]);
  const footer = Buffer.from([0, 0, 0, 0, 2, 0, 0, 0, 0, 4, 0x59, 0x5a]);
  const claiming = Buffer.concat([packed.subarray(0, 12), huge, Buffer.alloc(2), footer]);
  assert.equal(await attempt(claiming), undefined);
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { missing } from "./fixtures.ts";
import { xzPieces } from "./xz-pieces.ts";

const skip = missing("xz", "--version") || (xzPieces(Buffer.alloc(0)) ? false : "there is no liblzma.so.5");
const NUMBERS = Buffer.from(Array.from({ length: 3_000_000 }, (_, at) => (at * at) >>> 9));

function pack(bytes: Uint8Array, ...args: readonly string[]): Buffer {
  return execFileSync("xz", ["-c", "-0", ...args], { input: bytes, maxBuffer: 1 << 26 });
}

/** Copies, because a piece does not stay. */
async function unpacked(bytes: Uint8Array): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const piece of xzPieces(bytes) ?? []) copies.push(Buffer.from(piece));
  return Buffer.concat(copies);
}

test("pieces of one stream and of several, padded or not, are the bytes that were packed", {
  skip,
}, async () => {
  const packed = pack(NUMBERS, "--check=sha256");
  assert.ok((await unpacked(packed)).equals(NUMBERS));
  const two = Buffer.concat([packed, Buffer.alloc(8), pack(NUMBERS, "-T2", "--block-size=100000")]);
  assert.ok((await unpacked(two)).equals(Buffer.concat([NUMBERS, NUMBERS])));
  assert.equal((await unpacked(pack(Buffer.alloc(0)))).length, 0);
});

test("several are unpacked at once, and one that is given up leaves the others alone", { skip }, async () => {
  const packed = pack(NUMBERS);
  const all = Array.from({ length: 6 }, async (_, at) => {
    if (at % 2 === 0) return assert.ok((await unpacked(packed)).equals(NUMBERS));
    for await (const piece of xzPieces(packed) ?? []) return assert.ok(piece.length > 0);
  });
  await Promise.all(all);
});

test("cut or changed anywhere it is refused, or gives what was packed", { skip }, async () => {
  const sample = NUMBERS.subarray(0, 9000);
  const packed = pack(sample, "--check=crc64");
  const place = fc.integer({ min: 0, max: packed.length - 1 });
  await fc.assert(
    fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), fc.boolean(), async (at, change, cut) => {
      const bytes = Buffer.from(cut ? packed.subarray(0, at) : packed);
      if (!cut) bytes[at] = (bytes[at] as number) ^ change;
      const found = await unpacked(bytes).catch((error: unknown) => {
        assert.ok(error instanceof TareError && error.code === "integrity-archive", String(error));
        return sample;
      });
      assert.ok(found.equals(sample), `byte ${at}`);
    }),
    { numRuns: 300 },
  );
});

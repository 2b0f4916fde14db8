import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { collect, missing } from "./fixtures.ts";
import { unxzBlocks } from "./xz-blocks.ts";

const SKIP = { skip: missing("xz", "--version") };
const SAMPLE = Buffer.from(Array.from({ length: 60_000 }, (_, at) => (at * at) >>> 7));

function pack(bytes: Uint8Array, ...args: readonly string[]): Buffer {
  return execFileSync("xz", ["-c", "-0", ...args], { input: bytes, maxBuffer: 1 << 26 });
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof TareError && (error.code === "integrity-archive" || error.code === "user-unsupported")
  );
}

test("blocks, one or many or none, with any check, give the bytes that were packed", SKIP, async () => {
  for (const check of ["none", "crc32", "crc64", "sha256"])
    for (const [length, block] of [
      [0, 100],
      [1, 100],
      [60_000, 100_000],
      [60_000, 7001],
      [60_000, 1000],
    ] as const) {
      const bytes = SAMPLE.subarray(0, length);
      const packed = pack(bytes, `--check=${check}`, `--block-size=${block}`, "-T2");
      assert.ok(
        (await collect(unxzBlocks(packed))).equals(bytes),
        `${check}, ${length} bytes, blocks of ${block}`,
      );
    }
});

test("several streams, and padding behind them, give the bytes of all", SKIP, async () => {
  const packed = pack(SAMPLE, "--block-size=9000");
  const two = Buffer.concat([packed, Buffer.alloc(8), packed]);
  assert.ok((await collect(unxzBlocks(two))).equals(Buffer.concat([SAMPLE, SAMPLE])), "two");
  assert.ok((await collect(unxzBlocks(Buffer.concat([packed, Buffer.alloc(4)])))).equals(SAMPLE), "padded");
});

test("cut or changed anywhere it gives an error, or what was packed", SKIP, async () => {
  const packed = pack(SAMPLE, "--block-size=9000");
  await fc.assert(
    fc.asyncProperty(fc.nat(packed.length - 1), async (cut) =>
      assert.rejects(collect(unxzBlocks(packed.subarray(0, cut))), isRefused),
    ),
    { numRuns: 40 },
  );
  const changes = fc.tuple(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(changes, async ([at, change]) => {
      const changed = Buffer.from(packed);
      changed[at] = (changed[at] as number) ^ change;
      const found = await collect(unxzBlocks(changed)).catch((error: unknown) => {
        assert.ok(isRefused(error), String(error));
        return SAMPLE;
      });
      assert.ok(found.equals(SAMPLE), `byte ${at}`);
    }),
    { numRuns: 60 },
  );
});

test("what is given up in the middle leaves nothing behind that fails unseen", SKIP, async () => {
  const packed = pack(SAMPLE, "--block-size=9000");
  packed[packed.length >> 1] = (packed[packed.length >> 1] as number) ^ 1;
  for await (const block of unxzBlocks(packed)) {
    assert.ok(block.length > 0);
    break;
  }
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { detectCompression } from "./compression.ts";
import { decompress } from "./decompress.ts";
import { collect, missing, pieces } from "./fixtures.ts";
import { xzDecompress } from "./xz.ts";

async function unpack(bytes: Uint8Array, piece = 10_000): Promise<Buffer> {
  return collect(decompress(pieces(bytes, piece)));
}

/** Text with matches near and far, runs, and stretches that can not be compressed. */
function sample(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 7;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    if (at % 70_000 < 9_000) bytes[at] = state >>> 24;
    else if (at % 70_000 < 20_000) bytes[at] = 0x41;
    else bytes[at] = at > 300_000 && at % 5 ? (bytes[at - 300_000] as number) : 97 + ((state >>> 26) & 15);
  }
  return bytes;
}

function pack(program: string, args: readonly string[], bytes: Uint8Array): Buffer {
  return execFileSync(program, ["-c", ...args], { input: bytes, maxBuffer: 1 << 26 });
}

const FORMATS = [
  { program: "xz", args: ["-0"], name: "xz" },
  { program: "xz", args: ["-9e", "--check=crc32"], name: "xz" },
  { program: "xz", args: ["--check=sha256", "--block-size=200000", "-T2"], name: "xz" },
  { program: "xz", args: ["--check=none", "--lzma2=lc=0,lp=4,pb=0,dict=4KiB"], name: "xz" },
  { program: "bzip2", args: ["-1"], name: "bzip2" },
  { program: "bzip2", args: ["-9"], name: "bzip2" },
  { program: "zstd", args: ["-1", "-q"], name: "zstd" },
  { program: "zstd", args: ["-19", "-q", "--no-check"], name: "zstd" },
] as const;

for (const { program, args, name } of FORMATS)
  test(`${program} ${args.join(" ")}: detected and decompressed, alone and several in a row`, {
    skip: missing(program, "--version"),
  }, async () => {
    for (const length of [0, 1, 5, 1000, 1_000_000]) {
      const bytes = sample(length);
      const packed = pack(program, args, bytes);
      assert.equal(detectCompression(packed), name);
      assert.ok((await unpack(packed)).equals(bytes), `length ${length}`);
      assert.ok((await unpack(Buffer.concat([packed, packed]))).equals(Buffer.concat([bytes, bytes])), "two");
      if (name === "xz") assert.ok((await xzDecompress(packed)).equals(bytes), "whole");
    }
    const packed = pack(program, args, sample(3000));
    assert.ok((await unpack(packed, 1)).equals(sample(3000)), "byte by byte");
  });

for (const { program, args } of FORMATS)
  test(`${program} ${args.join(" ")}: cut or damaged data gives an integrity error or nothing wrong`, {
    skip: missing(program, "--version"),
  }, async () => {
    const bytes = sample(40_000);
    const packed = pack(program, args, bytes);
    // Without a checksum in the data nobody can know that a byte was changed.
    const checked = !args.some((arg) => arg === "--check=none" || arg === "--no-check");
    const cuts = fc.integer({ min: 12, max: packed.length - 1 });
    const known = (error: unknown): boolean =>
      error instanceof TareError && (error.code === "integrity-archive" || error.code === "user-unsupported");
    await fc.assert(
      fc.asyncProperty(cuts, async (cut) => assert.rejects(unpack(packed.subarray(0, cut)), known)),
      { numRuns: 25 },
    );
    const change = fc.tuple(
      fc.integer({ min: 10, max: packed.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
    );
    await fc.assert(
      fc.asyncProperty(change, async ([at, flip]) => {
        const broken = Buffer.from(packed);
        broken[at] = (broken[at] as number) ^ flip;
        try {
          const found = await unpack(broken);
          assert.ok(!checked || found.equals(bytes), `damage at ${at} was not noticed`);
        } catch (error) {
          assert.ok(known(error), String(error));
        }
      }),
      { numRuns: 60 },
    );
  });

test("xz with a filter that is not LZMA2 or a dictionary that is too large is refused by name", {
  skip: missing("xz", "--version"),
}, async () => {
  for (const args of [["--x86", "--lzma2"], ["--lzma2=dict=192MiB"]])
    await assert.rejects(
      unpack(pack("xz", args, sample(1000))),
      (error) => error instanceof TareError && error.code === "user-unsupported",
    );
});

test("padding between xz streams is passed over, other bytes behind them are not", {
  skip: missing("xz", "--version"),
}, async () => {
  const packed = pack("xz", [], Buffer.from("text"));
  assert.equal(
    String(await unpack(Buffer.concat([packed, Buffer.alloc(8), packed, Buffer.alloc(4)]))),
    "texttext",
  );
  for (const tail of [Buffer.alloc(3), Buffer.from("rubbish behind it")])
    await assert.rejects(unpack(Buffer.concat([packed, tail])), /broken xz data/);
});

test("xz data that is in memory and damaged is an integrity error", {
  skip: missing("xz", "--version"),
}, async () => {
  const packed = pack("xz", [], sample(50_000));
  packed[packed.length >> 1] = (packed[packed.length >> 1] as number) ^ 1;
  await assert.rejects(
    xzDecompress(packed),
    (error) => error instanceof TareError && error.code === "integrity-archive",
  );
});

/** A text cut as lazy pulling wants layers: every part can be decompressed by itself. */
const PARTS = ["first file ".repeat(9_000), "second file ".repeat(9_000), '{"version":1,"entries":[]}'];

test("a layer in the form of eStargz is gzip: a member for each file, and an empty one with where the list is", async () => {
  // The footer as stargz-snapshotter writes it: an extra field with the list's place, and no content.
  const place = Buffer.from(`${"0".repeat(15)}1STARGZ`);
  const head = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 0xff, 26, 0, 0x53, 0x47, 22, 0];
  const footer = Buffer.concat([
    Buffer.from(head),
    place,
    Buffer.from([1, 0, 0, 0xff, 0xff]),
    Buffer.alloc(8),
  ]);
  const layer = Buffer.concat([...PARTS.map((part) => gzipSync(part)), footer]);
  assert.equal((await unpack(layer)).toString(), PARTS.join(""));
});

test("a layer in the form of zstd:chunked is zstd: a frame for each file, and frames that are passed over", {
  skip: missing("zstd"),
}, async () => {
  const frames = PARTS.map((input) => pack("zstd", ["-q"], Buffer.from(input)));
  const skippable = (content: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32LE(0x184d2a50, 0);
    head.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, content]);
  };
  const layer = Buffer.concat([
    ...frames,
    skippable(pack("zstd", ["-q"], Buffer.from('{"version":1,"entries":[]}'))),
    skippable(Buffer.from("GNUlInUx".padStart(64, "\0"))),
  ]);
  assert.equal((await unpack(layer)).toString(), PARTS.join(""));
});

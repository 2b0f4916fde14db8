import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { decompress } from "./decompress.ts";
import { collect, pieces } from "./fixtures.ts";
import { type GzipOptions, gzip } from "./gzip.ts";

/** Half repetitive, half not, and the same in every run. */
function sample(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = at % 8192 < 4096 ? at & 15 : state >>> 24;
  }
  return bytes;
}

const MIB = 1 << 20;

test("gzip gives the same bytes whatever the concurrency and the cut of its input", async () => {
  const bytes = sample(3 * MIB + 12345);
  const expected = await collect(gzip(pieces(bytes, 65536), { level: 1 }));
  for (const [concurrency, piece] of [
    [1, 1000003],
    [2, MIB],
    [7, 4 * MIB],
  ] as const)
    assert.ok(expected.equals(await collect(gzip(pieces(bytes, piece), { level: 1, concurrency }))));
  assert.ok(gunzipSync(expected).equals(bytes));
  assert.ok((await collect(decompress(pieces(expected, 5000)))).equals(bytes));
});

test("gzip(1) and zlib read what gzip writes, at the edges of a chunk and of nothing", async () => {
  for (const length of [0, 1, MIB - 1, MIB, MIB + 1]) {
    const bytes = sample(length);
    const packed = await collect(gzip(pieces(bytes, 300000)));
    assert.ok(gunzipSync(packed).equals(bytes), `length ${length}`);
    assert.ok(execFileSync("gzip", ["-dc"], { input: packed, maxBuffer: 4 * MIB }).equals(bytes));
  }
});

test("the dictionary of the chunk before makes repeated chunks small", async () => {
  const block = sample(16384).map((byte, at) => (byte ^ (at * 31)) & 255);
  const repeated = Buffer.concat(Array.from({ length: 256 }, () => block));
  assert.ok((await collect(gzip(pieces(repeated, 50000)))).length < 100_000);
});

test("what is compressed already is stored, and what only its middle, its ends or a repetition makes smaller is not", async () => {
  const dense = randomBytes(MIB);
  const size = async (bytes: Uint8Array) => (await collect(gzip(pieces(bytes, 70000)))).length;
  assert.ok((await size(dense)) < MIB + 200);
  const stored = await collect(gzip(pieces(Buffer.concat([dense, dense]), MIB)));
  assert.ok(gunzipSync(stored).equals(Buffer.concat([dense, dense])));
  assert.ok(stored.indexOf(dense.subarray(70_000, 100_000)) > 0, "as it was");
  for (const [start, end] of [
    [0, MIB / 2],
    [MIB / 2, MIB],
    [MIB / 4, (3 * MIB) / 4],
  ] as const)
    assert.ok((await size(Buffer.from(dense).fill(0, start, end))) < 0.6 * MIB, `zeros from ${start}`);
  assert.ok((await size(Buffer.concat(Array(64).fill(dense.subarray(0, MIB / 64))))) < MIB / 16);
});

test("at most concurrency and two chunks are read ahead of what was taken", async () => {
  let read = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (; read < 50; read++) yield Buffer.alloc(MIB);
  }
  const stream = gzip(source(), { concurrency: 2, level: 1 });
  await stream.next();
  await stream.next();
  assert.ok(read <= 4, `${read} chunks`);
  await stream.return(undefined);
});

test("an error of the source comes out, and a wrong level is the user's mistake", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(3 * MIB);
    throw new Error("disk on fire");
  }
  await assert.rejects(collect(gzip(failing(), { concurrency: 2 })), /disk on fire/);
  await assert.rejects(collect(decompress(gzip(failing()))), /disk on fire/);
  for (const level of [-1, 10, 1.5]) {
    const options: GzipOptions = { level };
    await assert.rejects(
      collect(gzip(pieces(Buffer.alloc(1), 1), options)),
      (error) => error instanceof TareError && error.code === "user-bad-flag",
    );
  }
});

test("several gzip members are one stream", async () => {
  const packed = Buffer.concat([gzipSync("one "), gzipSync("two")]);
  assert.equal((await collect(decompress(pieces(packed, 3)))).toString(), "one two");
});

test("damaged or cut gzip data is an integrity error, whatever the damage", async () => {
  const packed = gzipSync(sample(100000));
  await assert.rejects(
    collect(decompress(pieces(packed.subarray(0, packed.length - 9), 1000))),
    (error) => error instanceof TareError && error.code === "integrity-archive",
  );
  const change = fc.tuple(fc.integer({ min: 10, max: packed.length - 1 }), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(change, async ([at, flip]) => {
      const broken = Buffer.from(packed);
      broken[at] = (broken[at] as number) ^ flip;
      await assert.rejects(
        collect(decompress(pieces(broken, 4096))),
        (error) => error instanceof TareError && error.code === "integrity-archive",
      );
    }),
    { numRuns: 50 },
  );
});

test("what is not compressed passes as it is, however short", async () => {
  for (const text of ["", "a", "BZh is how some texts start", "\x1f"])
    assert.equal((await collect(decompress(pieces(Buffer.from(text), 2)))).toString(), text);
});

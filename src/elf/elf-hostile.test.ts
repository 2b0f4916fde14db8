import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { wholeBytes } from "./elf-bytes.ts";
import { BASE, makeElf, sampleProgram } from "./fixtures.ts";
import { readElf } from "./read-elf.ts";

/** A damaged file is an error of ours, or reads as something; nothing else may happen. */
function survives(bytes: Uint8Array): void {
  try {
    readElf(bytes);
  } catch (error) {
    assert.ok(error instanceof TareError && error.code === "integrity-archive", String(error));
    assert.match(error.message, /^damaged ELF file: /);
  }
}

test("a file cut off anywhere is damaged, or says less", () => {
  const bytes = sampleProgram();
  for (let length = 0; length < bytes.length; length += length < 2000 ? 1 : 97)
    survives(bytes.subarray(0, length));
  assert.throws(() => readElf(bytes.subarray(0, 63)), { code: "integrity-archive" });
});

test("a real program with any bytes changed is damaged, or says something", () => {
  const whole = sampleProgram();
  const table = whole[4] === 2 ? 64 : 52;
  const place = fc.oneof(
    fc.nat(63),
    fc.nat(13 * 56).map((at) => table + at),
    fc.nat(whole.length - 1),
  );
  const change = fc.tuple(place, fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 12 }), (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      survives(bytes);
    }),
    { numRuns: 3000 },
  );
});

test("a hand-made file with any numbers in its tables is damaged, or says something", () => {
  const numbers = fc.oneof(
    fc.constantFrom(0, 1, 2047, 2048, 0x7fffffff, 0xffffffff),
    fc.nat(0xffffffff),
    fc.nat(4096).map((at) => BASE + at),
  );
  const tags = fc.constantFrom(1, 5, 10, 14, 15, 29, 0x6ffffffb, 0x6ffffffc, 0x6ffffffe);
  fc.assert(
    fc.property(
      fc.record({ wide: fc.boolean(), little: fc.boolean(), machine: fc.nat(65535), type: fc.nat(5) }),
      fc.array(fc.tuple(tags, numbers), { minLength: 1, maxLength: 12 }),
      (form, dynamic) => survives(makeElf({ ...form, dynamic })),
    ),
    { numRuns: 2000 },
  );
});

test("lists that lead into themselves, names without end and tables without end cost no time", () => {
  const form = { wide: true, little: true, machine: 62 };
  // Each version need claims the list of versions of the next ones, 16 bytes further on.
  const nested = Buffer.concat([
    makeElf({ ...form, dynamic: [[0x6ffffffe, BASE + 2048]] }),
    Buffer.alloc(1 << 20),
  ]);
  nested.writeBigUInt64LE(BigInt(nested.length), 64 + 32);
  for (let at = 2048; at + 16 <= nested.length; at += 16) {
    nested.writeUInt32LE(16, at + 8);
    nested.writeUInt32LE(16, at + 12);
  }
  const started = performance.now();
  assert.throws(() => readElf(nested), /too many versions/);
  const endless = Buffer.alloc(1 << 22, 1);
  makeElf({ ...form, dynamic: [[1, 1]] }).copy(endless, 0, 0, 640);
  for (let at = 640; at + 16 <= endless.length; at += 16) {
    endless.writeBigUInt64LE(1n, at);
    endless.writeBigUInt64LE(1n, at + 8);
  }
  endless.writeBigUInt64LE(BigInt(endless.length), 64 + 32);
  endless.writeBigUInt64LE(BigInt(endless.length - 640), 64 + 56 + 32);
  assert.throws(() => readElf(endless), /no end/);
  assert.ok(performance.now() - started < 2000);
});

test("only the few stretches that say something are read of a large file", () => {
  const bytes = sampleProgram();
  const large = Buffer.concat([bytes, Buffer.alloc(1 << 24)]);
  const inner = wholeBytes(large);
  let read = 0;
  const counted = {
    size: inner.size,
    read: (at: number, length: number) => {
      read += length;
      return inner.read(at, length);
    },
  };
  assert.deepEqual(readElf(counted), readElf(bytes));
  assert.ok(read < 100_000, String(read));
});

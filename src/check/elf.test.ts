import assert from "node:assert/strict";
import { closeSync, openSync, readSync } from "node:fs";
import { test } from "node:test";
import { PROGRAM_HEAD, programKind } from "./elf.ts";

function elf({
  type,
  segments,
  wide = true,
}: {
  type: number;
  segments: readonly number[];
  wide?: boolean;
}): Buffer {
  const [header, size] = wide ? [64, 56] : [52, 32];
  const end = Math.max(64, header + segments.length * size);
  const bytes = Buffer.concat([Buffer.alloc(end), Buffer.from("/ld.so\0")]);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, 1, 1]);
  bytes.writeUInt16LE(type, 16);
  if (wide) bytes.writeBigUInt64LE(BigInt(header), 32);
  else bytes.writeUInt32LE(header, 28);
  bytes.writeUInt16LE(size, wide ? 54 : 42);
  bytes.writeUInt16LE(segments.length, wide ? 56 : 44);
  for (const [index, segment] of segments.entries()) {
    const at = header + index * size;
    bytes.writeUInt32LE(segment, at);
    // Where the loader's name is, and how long.
    bytes.writeUInt32LE(end, at + (wide ? 8 : 4));
    bytes.writeUInt32LE(bytes.length - end, at + (wide ? 32 : 16));
  }
  return bytes;
}

test("a program with a loader is dynamic, one without is static", () => {
  assert.equal(programKind(elf({ type: 3, segments: [6, 3, 1] })), "dynamic");
  assert.equal(programKind(elf({ type: 2, segments: [1, 1] })), "static");
  assert.equal(programKind(elf({ type: 2, segments: [1, 3], wide: false })), "dynamic");
  assert.equal(programKind(elf({ type: 1, segments: [] })), "other");
});

test("what is no program, or cut off, is no trouble", () => {
  assert.equal(programKind(Buffer.from("#!/bin/sh\n")), "other");
  assert.equal(programKind(Buffer.alloc(0)), "other");
  const whole = elf({ type: 3, segments: [1, 1, 3] });
  for (let length = 0; length < whole.length; length++)
    assert.notEqual(programKind(whole.subarray(0, length)), undefined, String(length));
  const lying = elf({ type: 3, segments: [1] });
  lying.writeUInt16LE(65535, 56);
  lying.writeUInt16LE(0, 54);
  assert.equal(programKind(lying), "other");
});

test("this Node is a dynamic program", () => {
  const head = Buffer.alloc(PROGRAM_HEAD);
  const file = openSync(process.execPath, "r");
  const length = readSync(file, head);
  closeSync(file);
  assert.equal(programKind(head.subarray(0, length)), "dynamic");
});

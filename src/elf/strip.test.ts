import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { wholeBytes } from "./elf-bytes.ts";
import { sampleProgram } from "./fixtures.ts";
import { readElf } from "./read-elf.ts";
import { strippedElf } from "./strip.ts";

function strip(program: Buffer): Buffer {
  const left = strippedElf(wholeBytes(program)) ?? assert.fail("it is a program");
  return Buffer.concat([left.header, program.subarray(left.header.length, left.size)]);
}

test("a program without its sections says the same for loading, and runs", () => {
  const program = Buffer.concat([sampleProgram(), Buffer.alloc(100_000, "symbols")]);
  const small = strip(program);
  assert.ok(small.length < sampleProgram().length);
  assert.deepEqual(readElf(small), readElf(program));
  assert.ok(strip(small).equals(small));
  const folder = mkdtempSync(join(tmpdir(), "tare-strip-"));
  try {
    const path = join(folder, "true");
    writeFileSync(path, small, { mode: 0o755 });
    assert.equal(spawnSync(path).status, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("object files stay as they are, and damaged files are refused or cut", () => {
  const program = sampleProgram();
  const object = Buffer.from(program);
  object.writeUInt16LE(1, 16);
  assert.equal(strippedElf(wholeBytes(object)), undefined);
  fc.assert(
    fc.property(fc.nat(1000), fc.nat(255), (at, byte) => {
      const damaged = Buffer.from(program);
      damaged[at] = byte;
      try {
        strippedElf(wholeBytes(damaged));
      } catch (error) {
        assert.ok(error instanceof TareError && error.code === "integrity-archive", String(error));
      }
    }),
  );
});

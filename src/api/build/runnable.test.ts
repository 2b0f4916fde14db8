import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runnableArchitectures } from "./runnable.ts";

test("a machine runs its own programs, and those that it has an opened emulator for", () => {
  const folder = mkdtempSync(join(tmpdir(), "binfmt-"));
  try {
    writeFileSync(join(folder, "qemu-aarch64"), "enabled\ninterpreter /usr/bin/qemu\nflags: PF\n");
    writeFileSync(join(folder, "qemu-riscv64"), "enabled\ninterpreter /usr/bin/qemu\nflags: F\n");
    writeFileSync(join(folder, "qemu-arm"), "enabled\ninterpreter /usr/bin/qemu\nflags: P\n");
    writeFileSync(join(folder, "qemu-ppc64le"), "disabled\ninterpreter /usr/bin/qemu\nflags: F\n");
    writeFileSync(join(folder, "python3.11"), "enabled\ninterpreter /usr/bin/python3\nflags: F\n");
    assert.deepEqual(runnableArchitectures("x64", folder), ["amd64", "386", "arm64", "riscv64"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.deepEqual(runnableArchitectures("arm64", "/nonexistent"), ["arm64"]);
});

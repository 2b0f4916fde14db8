import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { fsPath } from "./names.ts";
import {
  deviceNumber,
  deviceParts,
  getXattr,
  listXattrs,
  mknod,
  mount,
  setXattr,
  umount,
} from "./syscalls.ts";

/** What only root can do; the suite runs as both. */
const rootTest = process.getuid?.() === 0 ? test : () => undefined;

function workspace(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tare-syscalls-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test("device numbers are those of the kernel, both ways", () => {
  assert.equal(deviceNumber(1, 3), statSync("/dev/null").rdev);
  assert.equal(deviceNumber(8, 1), 0x801);
  assert.equal(deviceNumber(0xfff, 0xff), 0xfffff);
  assert.equal(deviceNumber(1, 0x12345), 0x12300145);
  fc.assert(
    fc.property(fc.nat(0xfffff), fc.nat(0xffffff), (major, minor) => {
      assert.deepEqual(deviceParts(deviceNumber(major, minor)), { major, minor });
    }),
  );
});

rootTest("a device, a fifo and names that are no text are made as asked", () => {
  using work = workspace();
  const path = `${work.path}/dev\uDCFF`;
  mknod(path, 0o020600, { major: 259, minor: 70_000 });
  const { rdev, mode } = statSync(fsPath(path));
  assert.deepEqual([deviceParts(rdev), mode], [{ major: 259, minor: 70_000 }, 0o020600]);
  mknod(`${work.path}/fifo`, 0o010600, { major: 0, minor: 0 });
  assert.equal(statSync(`${work.path}/fifo`).isFIFO(), true);
  assert.throws(() => mknod(path, 0o010600, { major: 0, minor: 0 }), { code: "EEXIST", syscall: "mknod" });
});

test("attributes are exact bytes, of links themselves, and absent where there are none", (t) => {
  using work = workspace();
  const path = `${work.path}/a\uDCFF`;
  writeFileSync(fsPath(path), "");
  assert.deepEqual(
    listXattrs(path).filter((name) => name.startsWith("user.")),
    [],
  );
  assert.equal(getXattr(path, "user.x"), undefined);
  const values = [Buffer.alloc(0), Buffer.from([0, 255, 0]), Buffer.alloc(2000, 7)];
  try {
    for (const [at, value] of values.entries()) setXattr(path, `user.${at}`, value);
  } catch (error) {
    return t.skip(`SKIPPED: no attributes on ${work.path}: ${error}`);
  }
  assert.deepEqual(
    listXattrs(path)
      .filter((name) => name.startsWith("user."))
      .sort(),
    ["user.0", "user.1", "user.2"],
  );
  for (const [at, value] of values.entries()) assert.deepEqual(getXattr(path, `user.${at}`), value);
  symlinkSync(fsPath(path), `${work.path}/link`);
  assert.equal(getXattr(`${work.path}/link`, "user.1"), undefined);
});

test("a failed call is a system error with its code, call and path", () => {
  const path = "/nowhere/at/all";
  const facts = { code: "ENOENT", errno: -2, path };
  assert.throws(() => getXattr(path, "user.x"), facts);
  assert.throws(() => listXattrs(path), facts);
  assert.throws(() => setXattr(path, "user.x", Buffer.alloc(1)), { ...facts, syscall: "lsetxattr" });
  assert.throws(() => umount(path), { path, syscall: "umount2" });
});

rootTest("a mount is there until it is unmounted", (t) => {
  using work = workspace();
  const before = statSync(work.path).dev;
  const request = { source: "none", target: work.path, type: "tmpfs", flags: 0, data: "size=64k" };
  try {
    mount(request);
  } catch (error) {
    return t.skip(`SKIPPED: no mounts here: ${error}`);
  }
  try {
    assert.notEqual(statSync(work.path).dev, before);
    const line = readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .find((text) => text.includes(work.path));
    assert.match(line ?? "", /^none \S+ tmpfs .*size=64k/);
  } finally {
    umount(work.path);
  }
  assert.equal(statSync(work.path).dev, before);
  assert.throws(() => mount({ ...request, type: "nonsense" }), { code: "ENODEV", syscall: "mount" });
});

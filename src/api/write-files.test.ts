import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { writeFiles } from "./write-files.ts";

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "write-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const isRoot = userInfo().uid === 0;
const none: typeof test = Object.assign(async () => undefined, test);
/** Root may write anywhere, and only root can mount a small disk. */
const [rootTest, userTest] = isRoot ? [test, none] : [none, test];

test("files are written and replaced, through symbolic links, and no draft is left", async (t) => {
  const path = folder(t);
  mkdirSync(join(path, "real"));
  writeFileSync(join(path, "real/lock"), "old");
  symlinkSync("real/lock", join(path, "link"));
  await writeFiles([
    { path: join(path, "new"), text: "new" },
    { path: join(path, "link"), text: "newer" },
  ]);
  assert.equal(readFileSync(join(path, "new"), "utf8"), "new");
  assert.equal(readFileSync(join(path, "real/lock"), "utf8"), "newer");
  assert.equal(readlinkSync(join(path, "link")), "real/lock");
  assert.deepEqual(readdirSync(path).sort(), ["link", "new", "real"]);
  assert.deepEqual(readdirSync(join(path, "real")), ["lock"]);
});

test("when one can not be written, none is", async (t) => {
  const path = folder(t);
  const first = { path: join(path, "a"), text: "a" };
  await assert.rejects(writeFiles([first, { path: join(path, "none/b"), text: "b" }]), {
    code: "environment-disk",
    message: /can not write .*none\/b: ENOENT/,
  });
  await assert.rejects(writeFiles([first, { path, text: "b" }]), { code: "user-conflict" });
  await assert.rejects(writeFiles([first, { path: "/dev/null", text: "b" }]), { code: "user-conflict" });
  assert.deepEqual(readdirSync(path), []);
});

userTest("a folder without the right to write is named", async (t) => {
  const path = folder(t);
  execFileSync("chmod", ["555", path]);
  await assert.rejects(writeFiles([{ path: join(path, "a"), text: "a" }]), {
    code: "environment-disk",
    message: /EACCES/,
  });
});

rootTest("a disk that becomes full leaves what was there", async (t) => {
  const disk = folder(t);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk], { stdio: "pipe" });
  } catch {
    return t.skip("this machine can not mount");
  }
  try {
    writeFileSync(join(disk, "lock"), "old");
    await assert.rejects(
      writeFiles([
        { path: join(disk, "small"), text: "new" },
        { path: join(disk, "lock"), text: "x".repeat(100_000) },
      ]),
      { code: "environment-disk", message: /ENOSPC/ },
    );
    assert.equal(readFileSync(join(disk, "lock"), "utf8"), "old");
    assert.deepEqual(readdirSync(disk), ["lock"]);
  } finally {
    execFileSync("umount", [disk]);
  }
});

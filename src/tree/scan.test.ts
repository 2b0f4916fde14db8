import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fsPath, isSystemError, mknod, setXattr, TareError } from "../base/index.ts";
import type { Entry } from "./entry.ts";
import { comparePaths } from "./path.ts";
import { type FileStat, type ScanOptions, scanDirectory } from "./scan.ts";
import { validateIndex } from "./validate.ts";

/** Tests of what only root can do, and of what root is never refused; the suite runs as both. */
const isRoot = process.getuid?.() === 0;
const rootTest = isRoot ? test : () => undefined;
const userTest = isRoot ? () => undefined : test;

/** A directory for one test, removed after it; `write` makes files with their parents. */
function workspace(): Disposable & { readonly root: string; write(path: string, content?: string): string } {
  const root = mkdtempSync(join(tmpdir(), "tare-scan-"));
  return {
    root,
    write: (path, content = "") => {
      const full = `${root}/${path}`;
      mkdirSync(fsPath(dirname(full)), { recursive: true });
      writeFileSync(fsPath(full), content);
      return full;
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

interface Scanned {
  readonly entry: Entry;
  readonly stat: FileStat;
}

async function scan(root: string, options: Partial<ScanOptions> = {}): Promise<readonly Scanned[]> {
  const found: Scanned[] = [];
  const keep = (entry: Entry, stat: FileStat) => {
    found.push({ entry, stat });
    return entry;
  };
  const entries = await scanDirectory(root, { xattrs: false, keep, ...options });
  assert.deepEqual(
    entries,
    found.map(({ entry }) => entry),
  );
  validateIndex({ entries });
  return found;
}

async function outline(root: string, options: Partial<ScanOptions> = {}): Promise<readonly string[]> {
  const found = await scan(root, options);
  return found
    .slice(1)
    .map(({ entry }) => `${entry.path} ${entry.kind}${entry.link === undefined ? "" : ` ${entry.link}`}`);
}

/** Whether the attribute could be set: not every file system has them. */
function trySetXattr(path: string, name: string, value: Uint8Array): boolean {
  try {
    setXattr(path, name, value);
    return true;
  } catch (error) {
    if (isSystemError(error, "EOPNOTSUPP", "ENOTSUP", "EPERM")) return false;
    throw error;
  }
}

test("a directory on disk is entries in order, itself first", async () => {
  using work = workspace();
  work.write("a/b", "four");
  work.write("a-b");
  work.write("a/c/d");
  symlinkSync("../nowhere", `${work.root}/a/link`);
  chmodSync(`${work.root}/a/b`, 0o4751);
  utimesSync(`${work.root}/a/b`, 1_600_000_000.75, 1_600_000_000.75);
  // Node can read times before 1970, but not set them.
  execFileSync("touch", ["-d", "@-1.5", `${work.root}/a-b`]);
  lutimesSync(`${work.root}/a/link`, 7, 7);
  assert.deepEqual(await outline(work.root), [
    "a dir",
    "a/b file",
    "a/c dir",
    "a/c/d file",
    "a/link symlink ../nowhere",
    "a-b file",
  ]);
  const entries = (await scan(work.root)).map(({ entry }) => entry);
  const owner = { uid: process.getuid?.(), gid: statSync(work.root).gid };
  assert.deepEqual(entries[2], {
    path: "a/b",
    kind: "file",
    mode: 0o4751,
    ...owner,
    mtime: 1_600_000_000,
    size: 4,
  });
  assert.deepEqual([entries[0]?.path, entries[0]?.kind], ["", "dir"]);
  assert.deepEqual([entries[5]?.mtime, entries[6]?.mtime], [7, -2]);
});

test("what a file is on disk is told with it", async () => {
  using work = workspace();
  const stats = statSync(work.write("a", "x"));
  const found = await scan(work.root);
  const { dev, ino, size, ctimeMs, mtimeMs } = stats;
  assert.deepEqual(found[1]?.stat, { dev, ino, size, ctimeMs, mtimeMs });
});

test("names that are no UTF-8 survive, in directories and links too", async () => {
  using work = workspace();
  work.write("d\uDCFF/\uDC80\uDC81");
  work.write("\uFFFD");
  symlinkSync(fsPath("d\uDCFF"), fsPath(`${work.root}/l`));
  assert.deepEqual(await outline(work.root), [
    "d\uDCFF dir",
    "d\uDCFF/\uDC80\uDC81 file",
    "l symlink d\uDCFF",
    "\uFFFD file",
  ]);
});

test("the first name of a file in order is the file, the others are links to it", async () => {
  using work = workspace();
  const first = work.write("m/file", "text");
  linkSync(first, `${work.root}/m/z`);
  linkSync(first, `${work.root}/a`);
  work.write("other", "text");
  assert.deepEqual(await outline(work.root), [
    "a file",
    "m dir",
    "m/file hardlink a",
    "m/z hardlink a",
    "other file",
  ]);
  assert.deepEqual(await outline(work.root, { skip: (path) => (path === "a" ? "skip" : undefined) }), [
    "m dir",
    "m/file file",
    "m/z hardlink m/file",
    "other file",
  ]);
});

test("a skipped directory appears only around what is not skipped, a pruned one is not looked into", async () => {
  using work = workspace();
  for (const path of ["keep/x", "skip/deep/keep", "skip/deep/no", "skip/empty/no", "prune/keep", "z"])
    work.write(path);
  const asked: string[] = [];
  const found = await outline(work.root, {
    skip: (path, isDirectory) => {
      asked.push(`${path} ${isDirectory}`);
      if (path === "prune") return "prune";
      return path.startsWith("skip") && !path.endsWith("keep") ? "skip" : undefined;
    },
  });
  assert.deepEqual(found, [
    "keep dir",
    "keep/x file",
    "skip dir",
    "skip/deep dir",
    "skip/deep/keep file",
    "z file",
  ]);
  assert.ok(asked.includes("skip/empty true") && asked.includes("z false"));
  assert.ok(!asked.includes("prune/keep false") && !asked.includes(" true"));
});

test("owners can be replaced", async () => {
  using work = workspace();
  work.write("a");
  const found = await scan(work.root, { owner: () => ({ uid: 5, gid: 6 }) });
  assert.deepEqual(
    found.map(({ entry }) => [entry.uid, entry.gid]),
    [
      [5, 6],
      [5, 6],
    ],
  );
});

test("fifos are entries, sockets are left out", async () => {
  using work = workspace();
  execFileSync("mkfifo", [`${work.root}/fifo`]);
  const server = createServer().listen(`${work.root}/socket`);
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    assert.deepEqual(await outline(work.root), ["fifo fifo"]);
  } finally {
    server.close();
  }
});

rootTest("devices are entries with their numbers", async () => {
  using work = workspace();
  mknod(`${work.root}/null`, 0o020666, { major: 1, minor: 3 });
  mknod(`${work.root}/whiteout`, 0o020000, { major: 0, minor: 0 });
  mknod(`${work.root}/disk`, 0o060600, { major: 259, minor: 70_000 });
  const found = await scan(work.root);
  assert.deepEqual(
    found.slice(1).map(({ entry }) => [entry.path, entry.kind, entry.device]),
    [
      ["disk", "block", { major: 259, minor: 70_000 }],
      ["null", "char", { major: 1, minor: 3 }],
      ["whiteout", "char", { major: 0, minor: 0 }],
    ],
  );
  assert.deepEqual(await outline(work.root, { overlay: true }), [
    "disk block",
    "null char",
    "whiteout whiteout",
  ]);
});

test("extended attributes keep their exact bytes, and are read only when asked for", async (t) => {
  using work = workspace();
  const value = Buffer.from(Uint8Array.from({ length: 256 }, (_, at) => at));
  if (!trySetXattr(work.write("a"), "user.bytes", value))
    return t.skip("the temporary folder has no user attributes");
  const found = await scan(work.root, { xattrs: true });
  assert.deepEqual(found[1]?.entry.xattrs, { "user.bytes": value });
  assert.equal((await scan(work.root))[1]?.entry.xattrs, undefined);
});

test("overlayfs's own attributes say what is opaque, and are no part of the layer", async (t) => {
  using work = workspace();
  work.write("d/-x");
  work.write("d/z");
  work.write("e/x");
  if (!trySetXattr(`${work.root}/d`, "user.overlay.opaque", Buffer.from("y")))
    return t.skip("the temporary folder has no user attributes");
  setXattr(`${work.root}/d/z`, "user.overlay.origin", Buffer.of(1, 2));
  setXattr(`${work.root}/d/z`, "user.mine", Buffer.of(3));
  setXattr(`${work.root}/e`, "user.overlay.opaque", Buffer.from("x"));
  setXattr(`${work.root}/e`, "user.overlay.impure", Buffer.from("y"));
  const found = await scan(work.root, { overlay: true });
  const shown = found.map(({ entry }) => [entry.path, entry.kind, Object.keys(entry.xattrs ?? {})]);
  assert.deepEqual(shown, [
    ["", "dir", []],
    ["d", "dir", []],
    ["d/-x", "file", []],
    ["d/.wh..wh..opq", "opaque", []],
    ["d/z", "file", ["user.mine"]],
    ["e", "dir", []],
    ["e/x", "file", []],
  ]);
  setXattr(`${work.root}/e`, "user.overlay.redirect", Buffer.from("/elsewhere"));
  await assert.rejects(scan(work.root, { overlay: true }), { code: "integrity-store" });
});

userTest("what can not be read is an error that names it", async () => {
  using work = workspace();
  work.write("locked/x");
  chmodSync(`${work.root}/locked`, 0);
  await assert.rejects(scan(work.root), { code: "user-context", message: /locked/ });
  chmodSync(`${work.root}/locked`, 0o700);
});

test("a root that is no directory, or is not there, is an error", async () => {
  using work = workspace();
  for (const root of [work.write("file"), `${work.root}/missing`, `${work.root}/file/x`]) {
    await assert.rejects(
      scan(root),
      (error) =>
        error instanceof TareError && error.code === "user-context" && error.facts.hint !== undefined,
    );
  }
  symlinkSync("real", `${work.root}/link`);
  work.write("real/x");
  assert.deepEqual(await outline(`${work.root}/link`), ["x file"]);
});

test("a scan ends when it is cancelled", async () => {
  using work = workspace();
  for (let at = 0; at < 2100; at++) work.write(`f${at}`);
  await assert.rejects(scan(work.root, { signal: AbortSignal.abort() }), { code: "user-cancelled" });
  const found = await scan(work.root);
  const paths = found.map(({ entry }) => entry.path);
  assert.equal(paths.length, 2101);
  assert.deepEqual(paths, [...paths].sort(comparePaths));
});

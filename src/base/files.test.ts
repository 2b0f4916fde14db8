import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { streamOf } from "./bytes.ts";
import { TareError } from "./errors.ts";
import {
  diskError,
  ensureDirectory,
  readIfExists,
  uniqueName,
  writeFileAtomic,
  writeStreamed,
} from "./files.ts";

/** What only root can do; the suite runs as both. */
const rootTest = process.getuid?.() === 0 ? test : () => undefined;
/** What root is never refused; the suite runs as both. */
const userTest = process.getuid?.() === 0 ? () => undefined : test;

interface Workspace extends Disposable {
  readonly path: string;
  readonly tmp: string;
}

function workspace(): Workspace {
  const path = mkdtempSync(join(tmpdir(), "tare-files-"));
  const tmp = join(path, "tmp");
  mkdirSync(tmp);
  return { path, tmp, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function isDiskError(error: unknown, message: RegExp): true {
  assert.ok(error instanceof TareError, String(error));
  assert.equal(error.code, "environment-disk");
  assert.match(error.message, message);
  assert.ok(error.facts.hint, "it has a hint");
  return true;
}

test("a file is written, and replaced, with nothing beside it", async () => {
  using work = workspace();
  const path = join(work.path, "file");
  await writeFileAtomic(path, "one", work.tmp);
  assert.equal(readFileSync(path, "utf8"), "one");
  await writeFileAtomic(path, Buffer.from([0, 255]), work.tmp);
  assert.deepEqual([...readFileSync(path)], [0, 255]);
  assert.deepEqual(readdirSync(work.tmp), []);
  assert.equal(statSync(path).mode & 0o777, 0o644 & ~process.umask());
});

test("writers at the same time leave the whole content of one", async () => {
  using work = workspace();
  const path = join(work.path, "file");
  const texts = Array.from({ length: 20 }, (_, at) => String(at).repeat(5000));
  await Promise.all(texts.map((text) => writeFileAtomic(path, text, work.tmp)));
  assert.equal(texts.includes(readFileSync(path, "utf8")), true);
  assert.deepEqual(readdirSync(work.tmp), []);
});

test("what can not be put in place leaves the old content, and no draft", async () => {
  using work = workspace();
  await assert.rejects(writeFileAtomic(join(work.path, "no", "file"), "x", work.tmp), { code: "ENOENT" });
  mkdirSync(join(work.path, "folder"));
  await assert.rejects(writeFileAtomic(join(work.path, "folder"), "x", work.tmp), { code: "EISDIR" });
  assert.deepEqual(readdirSync(work.tmp), []);
});

userTest("a folder that may not be written is told with its path", async () => {
  using work = workspace();
  chmodSync(work.tmp, 0o500);
  const path = join(work.path, "file");
  await assert.rejects(writeFileAtomic(path, "x", work.tmp), (error) =>
    isDiskError(error, /^can not write .*\/file$/),
  );
  chmodSync(work.tmp, 0o700);
});

rootTest("a full disk is told with the path, and the old content stays", async (t) => {
  using work = workspace();
  const disk = join(work.path, "disk");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "none", disk], { stdio: "pipe" });
  } catch (error) {
    return t.skip(`SKIPPED: no disk can be mounted here: ${error}`);
  }
  try {
    const path = join(disk, "file");
    await writeFileAtomic(path, "old", disk);
    await assert.rejects(writeFileAtomic(path, Buffer.alloc(100_000), disk), (error) =>
      isDiskError(error, /^no space left while writing .*\/disk\/file$/),
    );
    assert.deepEqual([readdirSync(disk), readFileSync(path, "utf8")], [["file"], "old"]);
  } finally {
    execFileSync("umount", [disk]);
  }
});

test("a file that is not there has no bytes, anything else that is wrong is thrown", async () => {
  using work = workspace();
  const path = join(work.path, "file");
  assert.equal(await readIfExists(path), undefined);
  writeFileSync(path, "");
  assert.deepEqual(await readIfExists(path), Buffer.alloc(0));
  assert.equal(await readIfExists(join(path, "below")), undefined);
  await assert.rejects(readIfExists(work.path), { code: "EISDIR" });
});

test("a folder is made with those above it, and may be there already", async () => {
  using work = workspace();
  const path = join(work.path, "a", "b");
  await ensureDirectory(path);
  await ensureDirectory(path);
  assert.equal(statSync(path).isDirectory(), true);
  await assert.rejects(ensureDirectory("/proc/no/such"), { code: "environment-disk" });
  writeFileSync(join(work.path, "file"), "");
  await assert.rejects(ensureDirectory(join(work.path, "file")), { code: "EEXIST" });
  await assert.rejects(ensureDirectory(join(work.path, "file", "a")), { code: "ENOTDIR" });
});

test("many make the same folders at the same time", async () => {
  using work = workspace();
  for (let round = 0; round < 20; round++) {
    const above = join(work.path, `round-${round}`, "a", "b");
    const folders = Array.from({ length: 8 }, (_, at) => join(above, `${at % 3}`, "c"));
    await Promise.all(folders.map((folder) => ensureDirectory(folder)));
    assert.ok(folders.every((folder) => statSync(folder).isDirectory()));
  }
});

test("names are never the same, and safe as file names", () => {
  const names = Array.from({ length: 1000 }, uniqueName);
  assert.equal(new Set(names).size, 1000);
  assert.equal(
    names.every((name) => /^[0-9a-f]{26}$/.test(name)),
    true,
  );
});

test("only errors of the disk become one that says what to do", () => {
  const system = (code: string) => Object.assign(new Error(code), { code, syscall: "write" });
  for (const code of ["ENOSPC", "EDQUOT"])
    isDiskError(diskError(system(code), "/x"), /^no space left while writing \/x$/);
  for (const code of ["EROFS", "EACCES", "EPERM"])
    isDiskError(diskError(system(code), "/x"), /^can not write \/x$/);
  for (const other of [system("ENOENT"), new TareError("user-context", "x"), "text", undefined])
    assert.equal(diskError(other, "/x"), other);
});

test("a streamed file is there as a whole, or nothing is, however early it fails", async () => {
  using work = workspace();
  const path = join(work.path, "file");
  const drafts = join(work.path, "tmp");
  const { signal } = new AbortController();
  const refuse = () => {
    throw new TareError("integrity-digest", "no");
  };
  // biome-ignore lint/correctness/useYield: it fails before it gives anything.
  async function* failing(): AsyncGenerator<Uint8Array> {
    refuse();
  }
  for (let round = 0; round < 50; round++) {
    const options = { drafts, check: () => {}, signal };
    await assert.rejects(writeStreamed(path, failing(), options), { code: "integrity-digest" });
  }
  const bytes = streamOf(Buffer.from("ab"), Buffer.from("c"));
  await assert.rejects(writeStreamed(path, bytes, { drafts, check: refuse, signal }), /no/);
  const stopped = { drafts, check: () => {}, signal: AbortSignal.abort() };
  await assert.rejects(writeStreamed(path, streamOf(Buffer.from("x")), stopped), { code: "user-cancelled" });
  assert.deepEqual([readdirSync(drafts), readdirSync(work.path)], [[], ["tmp"]]);
  await writeStreamed(path, streamOf(Buffer.from("ab"), Buffer.from("c")), {
    drafts,
    check: () => {},
    signal,
  });
  assert.equal(readFileSync(path, "utf8"), "abc");
});

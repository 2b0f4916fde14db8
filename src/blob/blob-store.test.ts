import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { rejects } from "../base/fixtures.ts";
import { collectBytes, sha256 } from "../base/index.ts";
import { HELLO, MISSING, pieces, workspace } from "./fixtures.ts";

/** What only root can do; the suite runs as both. */
const rootTest = process.getuid?.() === 0 ? test : () => undefined;
/** What root is never refused; the suite runs as both. */
const userTest = process.getuid?.() === 0 ? () => undefined : test;

/** A disk of 1 MiB, or the reason why there is none. */
function smallDisk(): (Disposable & { readonly path: string }) | string {
  const path = mkdtempSync(join(tmpdir(), "tare-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", path], { stdio: "pipe" });
  } catch (error) {
    rmSync(path, { recursive: true });
    return `SKIPPED: no disk can be mounted here: ${error}`;
  }
  return {
    path,
    [Symbol.dispose]: () => {
      execFileSync("umount", [path]);
      rmSync(path, { recursive: true });
    },
  };
}

test("what was put is there under its digest, once, with nothing beside it", async () => {
  using work = workspace();
  assert.deepEqual(await work.store.list(), []);
  assert.equal(await work.store.has(HELLO), false);
  const info = await work.store.put(pieces("hello", "", " world"));
  assert.deepEqual(info, { digest: HELLO, size: 11 });
  assert.deepEqual(await work.store.put(pieces("hello world"), HELLO), info);
  assert.equal((await collectBytes(work.store.get(HELLO))).toString(), "hello world");
  assert.equal(readFileSync(work.store.path(HELLO), "utf8"), "hello world");
  assert.equal(await work.store.has(HELLO), true);
  assert.equal(await work.store.size(HELLO), 11);
  assert.deepEqual(await work.store.list(), [HELLO]);
  assert.deepEqual(readdirSync(work.tmp), []);
});

test("any bytes in any pieces come back, and so does every part of them", async () => {
  using work = workspace();
  const bytes = fc.uint8Array({ maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.array(bytes), fc.nat(), fc.nat(), async (parts, x, y) => {
      const whole = Buffer.concat(parts);
      const { digest, size } = await work.store.put(pieces(...parts));
      assert.deepEqual([digest, size], [sha256(whole), whole.length]);
      assert.equal((await collectBytes(work.store.get(digest))).equals(whole), true);
      const offset = x % (whole.length + 1);
      const length = y % (whole.length - offset + 1);
      const found = await collectBytes(work.store.range(digest, offset, length));
      assert.equal(found.equals(whole.subarray(offset, offset + length)), true);
    }),
    { numRuns: 60 },
  );
});

test("a blob larger than one read comes back whole", async () => {
  using work = workspace();
  const whole = Buffer.alloc(700_001, "abcdefg");
  const { digest } = await work.store.put(pieces(whole.subarray(0, 5), whole.subarray(5)));
  assert.equal((await collectBytes(work.store.get(digest))).equals(whole), true);
  assert.equal(
    (await collectBytes(work.store.range(digest, 262_100, 300_000))).equals(whole.subarray(262_100, 562_100)),
    true,
  );
});

test("content with another digest than expected is refused and not kept", async () => {
  using work = workspace();
  await assert.rejects(
    work.store.put(pieces("hello world"), MISSING),
    rejects("integrity-digest", new RegExp(`digest ${HELLO}, but should have ${MISSING}`)),
  );
  assert.deepEqual(await work.store.list(), []);
  assert.deepEqual(readdirSync(work.tmp), []);
});

test("what the source of the bytes throws comes through, and nothing is kept", async () => {
  using work = workspace();
  const reasons = [
    new Error("the source broke"),
    Object.assign(new Error("no such file"), { code: "EACCES", syscall: "open" }),
    Object.assign(new Error("the source's disk"), { code: "ENOSPC", syscall: "write" }),
  ];
  for (const reason of reasons) {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("hello");
      throw reason;
    }
    await assert.rejects(work.store.put(broken()), (error) => error === reason);
  }
  assert.deepEqual(await work.store.list(), []);
  assert.deepEqual(readdirSync(work.tmp), []);
});

test("a blob that is not there is missed by its digest", async () => {
  using work = workspace();
  const missed = rejects("integrity-store", new RegExp(`blob ${MISSING} is not in the store`));
  await assert.rejects(collectBytes(work.store.get(MISSING)), missed);
  await assert.rejects(collectBytes(work.store.pass(MISSING)), missed);
  await assert.rejects(collectBytes(work.store.range(MISSING, 0, 1)), missed);
  assert.equal(await work.store.size(MISSING), undefined);
});

test("a blob that was changed on the disk is found out at the end of reading it", async () => {
  using work = workspace();
  await work.store.put(pieces("hello world"));
  writeFileSync(work.store.path(HELLO), "hello World");
  const seen: string[] = [];
  await assert.rejects(
    async () => {
      for await (const chunk of work.store.get(HELLO)) seen.push(Buffer.from(chunk).toString());
    },
    rejects("integrity-digest", new RegExp(`blob ${HELLO} is damaged`)),
  );
  assert.deepEqual(seen, ["hello World"]);
  assert.equal(await work.store.has(HELLO), false, "it is not used again");
});

test("a blob that ends too early is found out by reading any part behind its end", async () => {
  using work = workspace();
  await work.store.put(pieces("hello world"));
  truncateSync(work.store.path(HELLO), 5);
  const damaged = (end: number) =>
    rejects("integrity-digest", new RegExp(`is damaged: it ends before byte ${end}$`));
  assert.equal((await collectBytes(work.store.range(HELLO, 0, 5))).toString(), "hello");
  await assert.rejects(collectBytes(work.store.range(HELLO, 2, 4)), damaged(6));
  await assert.rejects(collectBytes(work.store.range(HELLO, 8, 1)), damaged(9));
});

test("a damaged blob is repaired by putting its content again", async () => {
  using work = workspace();
  await work.store.put(pieces("hello world"));
  writeFileSync(work.store.path(HELLO), "hello");
  await work.store.put(pieces("hello world"), HELLO);
  assert.equal((await collectBytes(work.store.get(HELLO))).toString(), "hello world");
});

test("many puts at once, of the same and of others, leave each blob once and whole", async () => {
  using work = workspace();
  const texts = Array.from({ length: 40 }, (_, at) => `blob ${at % 4}`.repeat(1000));
  await Promise.all(texts.map((text) => work.store.put(pieces(text.slice(0, 10), text.slice(10)))));
  const expected = [...new Set(texts)].map((text) => sha256(text)).sort();
  assert.deepEqual((await work.store.list()).toSorted(), expected);
  for (const digest of expected) await collectBytes(work.store.get(digest));
  assert.deepEqual(readdirSync(work.tmp), []);
});

test("a removed blob is gone, and who reads it at that moment still has it", async () => {
  using work = workspace();
  const text = "x".repeat(600_000);
  const { digest } = await work.store.put(pieces(text));
  const reading = work.store.get(digest)[Symbol.asyncIterator]();
  const first = await reading.next();
  rmSync(work.store.path(digest));
  let size = first.value?.length ?? 0;
  for (let next = await reading.next(); !next.done; next = await reading.next()) size += next.value.length;
  assert.equal(size, text.length);
  assert.deepEqual([await work.store.has(digest), await work.store.list()], [false, []]);
});

test("files that are no blobs are not listed", async () => {
  using work = workspace();
  await work.store.put(pieces("hello world"));
  const folder = dirname(work.store.path(HELLO));
  for (const name of ["README", "A".repeat(64), "0".repeat(63), `${"0".repeat(64)}.tmp`])
    writeFileSync(join(folder, name), "");
  assert.deepEqual(await work.store.list(), [HELLO]);
});

rootTest("a full disk is told as one, and the store works once there is room", async (t) => {
  const mounted = smallDisk();
  if (typeof mounted === "string") return t.skip(mounted);
  using disk = mounted;
  const work = workspace(disk.path);
  const { digest: small } = await work.store.put(pieces("small"));
  const before = readdirSync(join(work.root, "sha256"));
  const large = Array.from({ length: 40 }, () => Buffer.alloc(64 * 1024, 1));
  await assert.rejects(
    work.store.put(pieces(...large)),
    rejects("environment-disk", /no space left while writing/),
  );
  assert.deepEqual(readdirSync(work.tmp), []);
  assert.deepEqual(readdirSync(join(work.root, "sha256")), before);
  await work.store.put(pieces(...large.slice(0, 8)));
  assert.equal((await collectBytes(work.store.get(small))).toString(), "small");
});

userTest("a store that may not be written is told as such", async () => {
  using work = workspace();
  chmodSync(work.tmp, 0o500);
  await assert.rejects(work.store.put(pieces("hello world")), rejects("environment-disk", /can not write/));
  chmodSync(work.tmp, 0o700);
  assert.equal(existsSync(join(work.root, "sha256")), false);
});

import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sha256 } from "../base/index.ts";
import type { FileStat } from "../tree/index.ts";
import { openStatIndex } from "./stat-index.ts";

function workspace() {
  const folder = mkdtempSync(join(tmpdir(), "tare-stat-"));
  const directory = join(folder, "context");
  const indexDirectory = join(folder, "store/contexts");
  mkdirSync(directory);
  return {
    folder,
    directory,
    indexDirectory,
    open: (at = directory) => openStatIndex({ directory: at, indexDirectory }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const STAT: FileStat = { dev: 1, ino: 2, size: 3, ctimeMs: 10_000.25, mtimeMs: 9000.5 };
const DIGEST = sha256("content");
const LATER = 20_000;

test("a file is known as long as every fact is the same", async () => {
  using work = workspace();
  const index = await work.open();
  index.add("a", { stat: STAT, digest: DIGEST, xattrs: {}, startedAt: LATER });
  assert.deepEqual(index.find("a", { ...STAT }), { digest: DIGEST, xattrs: {} });
  assert.equal(index.find("b", STAT), undefined);
  for (const name of ["dev", "ino", "size", "ctimeMs", "mtimeMs"] as const)
    assert.equal(index.find("a", { ...STAT, [name]: STAT[name] + 0.25 }), undefined, name);
});

test("a file that was changed at about the moment of its reading is read again", async () => {
  using work = workspace();
  const index = await work.open();
  const known = (startedAt: number) => {
    index.add("a", { stat: STAT, digest: DIGEST, xattrs: {}, startedAt });
    return index.find("a", STAT) !== undefined;
  };
  // Within the resolution of its times the same second, size and times may hide a second writing.
  for (const startedAt of [STAT.ctimeMs - 5000, STAT.ctimeMs, STAT.ctimeMs + 1, STAT.ctimeMs + 100])
    assert.equal(known(startedAt), false, String(startedAt));
  assert.equal(known(STAT.ctimeMs + 101), true);
});

test("what is known is there in the next build, exact bytes of attributes included", async () => {
  using work = workspace();
  const first = await work.open();
  const value = Uint8Array.from({ length: 256 }, (_, at) => at);
  first.add("d/\uDCFF", { stat: STAT, digest: DIGEST, xattrs: { "user.x": value }, startedAt: LATER });
  first.add("plain", { stat: STAT, xattrs: {}, startedAt: LATER });
  await first.save();
  const second = await work.open();
  assert.deepEqual(second.find("d/\uDCFF", STAT), {
    digest: DIGEST,
    xattrs: { "user.x": Buffer.from(value) },
  });
  assert.deepEqual(second.find("plain", STAT), { xattrs: {} });
});

test("without anything new nothing is written", async () => {
  using work = workspace();
  const index = await work.open();
  await index.save();
  assert.throws(() => readdirSync(work.indexDirectory), { code: "ENOENT" });
  index.add("a", { stat: STAT, xattrs: {}, startedAt: LATER });
  await index.save();
  const [name = ""] = readdirSync(work.indexDirectory);
  assert.match(name, /^[0-9a-f]{64}$/);
  writeFileSync(join(work.indexDirectory, name), "mine");
  await index.save();
  assert.equal((await work.open()).find("a", STAT), undefined);
});

test("a folder is known by where it really is", async () => {
  using work = workspace();
  const link = join(work.folder, "link");
  symlinkSync(work.directory, link);
  const index = await work.open(link);
  index.add("a", { stat: STAT, digest: DIGEST, xattrs: {}, startedAt: LATER });
  await index.save();
  assert.equal((await work.open()).find("a", STAT)?.digest, DIGEST);
  assert.equal((await work.open(work.folder)).find("a", STAT), undefined);
});

test("many files are found in any order, whatever was added between them", async () => {
  using work = workspace();
  const first = await work.open();
  const name = (at: number) => `d${at % 7}/f${at}${at % 5 === 0 ? "ü" : ""}`;
  const statOf = (at: number): FileStat => ({ ...STAT, ino: at });
  for (let at = 0; at < 300; at += 2)
    first.add(name(at), { stat: statOf(at), digest: sha256(name(at)), xattrs: {}, startedAt: LATER });
  await first.save();
  const second = await work.open();
  for (let at = 1; at < 300; at += 2)
    second.add(name(at), { stat: statOf(at), digest: sha256(name(at)), xattrs: {}, startedAt: LATER });
  second.add(name(0), { stat: statOf(1000), digest: sha256("new"), xattrs: {}, startedAt: LATER });
  assert.equal(second.find(name(0), statOf(0)), undefined);
  await second.save();
  const third = await work.open();
  assert.equal(third.find(name(0), statOf(1000))?.digest, sha256("new"));
  for (let at = 299; at > 0; at--) {
    assert.equal(third.find(name(at), statOf(at))?.digest, sha256(name(at)));
    assert.equal(third.find(`${name(at)}x`, statOf(at)), undefined);
    assert.equal(third.find(name(at), statOf(at + 1)), undefined);
  }
});

test("a damaged index is an empty one", async () => {
  using work = workspace();
  const index = await work.open();
  index.add("a", { stat: STAT, xattrs: {}, startedAt: LATER });
  await index.save();
  const [name = ""] = readdirSync(work.indexDirectory);
  const path = join(work.indexDirectory, name);
  const whole = readFileSync(path);
  assert.notEqual((await work.open()).find("a", STAT), undefined);
  for (let at = 0; at < whole.length; at++) {
    const wrong = Buffer.from(whole);
    wrong[at] = (wrong[at] as number) ^ 0x10;
    for (const bytes of [wrong, whole.subarray(0, at)]) {
      writeFileSync(path, bytes);
      assert.equal((await work.open()).find("a", STAT), undefined, `${bytes.length} bytes, ${at}`);
    }
  }
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { collectBytes, sha256, streamOf } from "../base/index.ts";
import { type Entry, tarFromIndex } from "../tree/index.ts";
import { dirEntry, fileEntry, workspace } from "./fixtures.ts";

const signal = new AbortController().signal;

test("what is in a cache mount comes out as a tar, and back into a new one", async () => {
  using place = await workspace();
  const { store } = place;
  assert.equal(await store.readCacheMount("a", signal), undefined);
  const fill = async (path: string) => {
    mkdirSync(join(path, "deep"), { mode: 0o700 });
    writeFileSync(join(path, "deep/file"), "content", { mode: 0o640 });
    symlinkSync("../../out", join(path, "deep/link"));
    execFileSync("mkfifo", [join(path, "pipe")]);
  };
  (await store.cacheMount({ id: "a", sharing: "shared", fill }, signal))[Symbol.dispose]();
  using mount = await store.readCacheMount("a", signal);
  const bytes = await collectBytes(mount?.tar() ?? streamOf());
  assert.equal(bytes.length, mount?.tarSize);
  const tar = { bytes: streamOf(bytes), digest: sha256(bytes) };
  const filled = {
    id: "b",
    sharing: "shared",
    fill: (path: string) => store.fillCacheMount(path, tar),
  } as const;
  using other = await store.cacheMount(filled, signal);
  assert.deepEqual(readdirSync(other.path), ["deep"]);
  assert.equal(readFileSync(join(other.path, "deep/file"), "utf8"), "content");
  assert.equal(statSync(join(other.path, "deep/file")).mode & 0o777, 0o640);
  assert.equal(statSync(join(other.path, "deep")).mode & 0o777, 0o700);
  assert.equal(readlinkSync(join(other.path, "deep/link")), "../../out");
});

test("a tar that no cache mount is written as leaves the directory empty", async () => {
  using place = await workspace();
  const { store } = place;
  const device: Entry = { ...fileEntry("null", ""), kind: "char", device: { major: 1, minor: 3 } };
  const outside = fileEntry("../outside", "x");
  const tarOf = (...entries: readonly Entry[]) =>
    collectBytes(tarFromIndex({ entries: [dirEntry("a"), ...entries] }, () => streamOf(Buffer.from("x"))));
  const whole = await tarOf(fileEntry("b", "x"));
  const cases: readonly (readonly [Uint8Array, string])[] = [
    [await tarOf(device), "integrity-archive"],
    [await tarOf(outside), "integrity-archive"],
    [whole.subarray(0, 700), "integrity-archive"],
    [Buffer.from("no tar"), "integrity-archive"],
  ];
  const path = join(place.root, "new");
  mkdirSync(path);
  for (const [bytes, code] of cases) {
    const tar = { bytes: streamOf(bytes), digest: sha256(bytes) };
    await assert.rejects(store.fillCacheMount(path, tar), { code });
    assert.deepEqual([readdirSync(path), readdirSync(join(place.root, "tmp"))], [[], []]);
  }
  const wrong = { bytes: streamOf(whole), digest: sha256("other") };
  await assert.rejects(store.fillCacheMount(path, wrong), { code: "integrity-digest" });
  assert.deepEqual(readdirSync(path), []);
});

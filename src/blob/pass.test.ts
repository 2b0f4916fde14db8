import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { mock, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { rejects } from "../base/fixtures.ts";
import { collectBytes } from "../base/index.ts";
import { HELLO, pieces, workspace } from "./fixtures.ts";

test("what passes is the same, holds until the one after the next, and is checked as well", async () => {
  using work = workspace();
  for (const size of [0, 1, 256 << 10, (1 << 20) + 5]) {
    const bytes = randomBytes(size);
    const { digest } = await work.store.put(pieces(bytes));
    const seen: Uint8Array[] = [];
    for await (const piece of work.store.pass(digest)) seen.push(piece);
    const memory = new Set(seen.map(({ buffer }) => buffer));
    assert.ok(memory.size <= 3, "the same memory, whatever the size");
    let [before, copied]: (Uint8Array | undefined)[] = [];
    let at = 0;
    for await (const piece of work.store.pass(digest)) {
      if (before)
        assert.ok(Buffer.from(before).equals(copied as Uint8Array), "the one before it still holds");
      [before, copied] = [piece, Buffer.from(piece)];
      assert.ok(bytes.subarray(at, at + piece.length).equals(piece));
      at += piece.length;
    }
    assert.equal(at, size);
  }
  await work.store.put(pieces("hello world"));
  writeFileSync(work.store.path(HELLO), "hello World");
  assert.equal((await collectBytes(work.store.pass(HELLO))).toString(), "hello World", "it was just hashed");
  const damaged = rejects("integrity-digest", new RegExp(`blob ${HELLO} is damaged`));
  await assert.rejects(collectBytes(work.store.pass(HELLO)), damaged);
  assert.equal(await work.store.has(HELLO), false);
});

test("a read that fails while the piece before it is used is told where the next piece is asked for", async () => {
  using work = workspace();
  const { digest } = await work.store.put(pieces(Buffer.alloc(1 << 20)));
  await using handle = await open(work.store.path(digest));
  const files = Object.getPrototypeOf(handle) as FileHandle;
  const { read } = files;
  let reads = 0;
  const failing = mock.method(files, "read", function (this: FileHandle, ...given: unknown[]) {
    return ++reads === 2 ? Promise.reject(new Error("disk on fire")) : Reflect.apply(read, this, given);
  });
  try {
    await assert.rejects(async () => {
      for await (const _ of work.store.pass(digest)) await sleep(20);
    }, /disk on fire/);
  } finally {
    failing.mock.restore();
  }
  assert.equal(reads, 2);
});

test("what passes may be left at any piece, and leaves no file open", async () => {
  using work = workspace();
  const { digest } = await work.store.put(pieces(Buffer.alloc(1 << 20)));
  const open = () => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let turn = 0; turn < 5; turn++) for await (const _ of work.store.pass(digest)) break;
  assert.equal(open(), before);
});

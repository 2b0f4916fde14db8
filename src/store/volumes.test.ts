import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "./store.ts";

async function inStore(work: (store: Awaited<ReturnType<typeof openStore>>) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "tare-volumes-"));
  try {
    await work(await openStore(root));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const DATA = { name: "data", created: 5, labels: { a: "b" }, anonymous: false };

function filling(text: string): (path: string) => Promise<void> {
  return async (path) => {
    mkdirSync(path, { mode: 0o750 });
    writeFileSync(join(path, "seed"), text);
  };
}

test("a volume is made once, whatever is asked for later, and is gone when it is removed", () =>
  inStore(async ({ volumes }) => {
    assert.throws(() => volumes.find("data"), { code: "resolve-volume" });
    const { folder } = await volumes.open(DATA);
    assert.equal(statSync(folder).mode & 0o777, 0o755);
    writeFileSync(join(folder, "kept"), "x");
    assert.deepEqual(await volumes.open({ ...DATA, labels: {}, created: 7 }), { ...DATA, folder });
    assert.deepEqual(volumes.list(), [{ ...DATA, folder }]);
    await assert.rejects(
      volumes.remove("data", () => {
        throw new Error("in use");
      }),
      /in use/,
    );
    assert.ok((await volumes.remove("data")) > 0);
    assert.equal(await volumes.remove("data"), 0);
    assert.deepEqual(volumes.list(), []);
  }));

test("only an empty volume is filled, and none that somebody looks at", () =>
  inStore(async ({ volumes }) => {
    const { folder } = await volumes.open(DATA);
    await volumes.open(DATA, { fill: filling("one"), inUse: () => true });
    assert.deepEqual(readdirSync(folder), []);
    await volumes.open(DATA, { fill: filling("two") });
    await volumes.open(DATA, { fill: filling("three") });
    assert.equal(readFileSync(join(folder, "seed"), "utf8"), "two");
    assert.equal(statSync(folder).mode & 0o777, 0o750);
  }));

test("a volume that could not be filled is not there, and can be made again", () =>
  inStore(async ({ volumes }) => {
    const broken = async (path: string) => {
      await filling("half")(path);
      throw new Error("the disk is full");
    };
    await assert.rejects(volumes.open(DATA, { fill: broken }), /the disk is full/);
    assert.deepEqual(volumes.list(), []);
    const { folder } = await volumes.open(DATA, { fill: filling("whole") });
    assert.equal(readFileSync(join(folder, "seed"), "utf8"), "whole");
  }));

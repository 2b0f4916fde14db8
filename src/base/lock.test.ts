import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once as event } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { TareError } from "./errors.ts";
import { childProgram } from "./fixtures.ts";
import { lock, tryLock } from "./lock.ts";

function workspace(): Disposable & { readonly path: string } {
  const folder = mkdtempSync(join(tmpdir(), "tare-lock-"));
  return { path: join(folder, "lock"), [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** Another process that holds the lock until it is killed. */
async function holder(path: string): Promise<Disposable & { readonly child: ChildProcess }> {
  const script = `import { tryLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    globalThis.held = tryLock(process.argv[2], "exclusive");
    process.send(held === undefined ? "refused" : "held");
    setInterval(() => {}, 1000);`;
  using program = childProgram(script);
  const child = spawn(process.execPath, [program.path, path], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  assert.deepEqual((await event(child, "message"))[0], "held");
  return { child, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

test("one holder alone, or any number of those that share", () => {
  using work = workspace();
  const alone = tryLock(work.path, "exclusive");
  assert.ok(alone, "it is there");
  assert.equal(tryLock(work.path, "exclusive"), undefined);
  assert.equal(tryLock(work.path, "shared"), undefined);
  alone[Symbol.dispose]();
  const [one, two] = [tryLock(work.path, "shared"), tryLock(work.path, "shared")];
  assert.ok(one && two, "it is there");
  one[Symbol.dispose]();
  assert.equal(tryLock(work.path, "exclusive"), undefined);
  two[Symbol.dispose]();
  tryLock(work.path, "exclusive")?.[Symbol.dispose]();
  assert.ok(tryLock(work.path, "exclusive"), "it is there");
});

test("who waits gets the lock when it is free, one after the other", async () => {
  using work = workspace();
  let [inside, most, done] = [0, 0, 0];
  await Promise.all(
    Array.from({ length: 5 }, async () => {
      using _held = await lock(work.path, "exclusive");
      most = Math.max(most, ++inside);
      await sleep(3);
      inside--;
      done++;
    }),
  );
  assert.deepEqual([most, done], [1, 5]);
});

test("who waits gives up when cancelled, and does not begin when cancelled before", async () => {
  using work = workspace();
  const isCancelled = (error: unknown) => error instanceof TareError && error.code === "user-cancelled";
  const held = tryLock(work.path, "exclusive");
  const cancel = new AbortController();
  const waiting = lock(work.path, "exclusive", cancel.signal);
  cancel.abort();
  await assert.rejects(waiting, isCancelled);
  held?.[Symbol.dispose]();
  await assert.rejects(lock(work.path, "exclusive", AbortSignal.abort()), isCancelled);
  assert.ok(tryLock(work.path, "exclusive"), "nobody kept it");
});

test("the lock of another process holds until that process is dead", async () => {
  using work = workspace();
  using other = await holder(work.path);
  assert.equal(tryLock(work.path, "shared"), undefined);
  const told: string[] = [];
  const waiting = lock(work.path, "exclusive", undefined, () => void told.push("waits"));
  other.child.kill("SIGKILL");
  (await waiting)[Symbol.dispose]();
  (await lock(work.path, "exclusive", undefined, () => void told.push("not this time")))[Symbol.dispose]();
  assert.deepEqual(told, ["waits"]);
});

test("a lock in a folder that is not there is an error, not a wait", async () => {
  using work = workspace();
  await assert.rejects(lock(join(work.path, "no", "lock"), "shared"), { code: "ENOENT" });
});

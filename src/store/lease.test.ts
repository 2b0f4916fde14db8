import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once as event } from "node:events";
import { readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { childProgram } from "../base/fixtures.ts";
import { TareError } from "../base/index.ts";
import { workspace } from "./fixtures.ts";
import type { Store } from "./store.ts";

const STORE = join(import.meta.dirname, "store.ts");
const HOLD = `import { openStore } from ${JSON.stringify(STORE)};
  const store = await openStore(process.argv[2]);
  const lease = await store.hold("tare build");
  process.send("held");
  process.on("message", async () => { await lease[Symbol.asyncDispose](); process.exit(0); });`;

/** Another process that holds a lease. */
async function holder(root: string): Promise<Disposable & { readonly child: ChildProcess }> {
  using program = childProgram(HOLD);
  const child = spawn(process.execPath, [program.path, root], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  await event(child, "message");
  return { child, [Symbol.dispose]: () => child.kill("SIGKILL") };
}

function leasesIn(root: string): readonly string[] {
  return readdirSync(join(root, "leases"));
}

const prune = (store: Store, dryRun = false) => store.prune({ all: false, dryRun });

function inUse(what: string, pid: number | undefined): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TareError, String(error));
    assert.equal(error.code, "user-conflict");
    assert.equal(error.message, `the store is in use by ${what} (process ${pid})`);
    assert.ok(error.facts.hint, "it has a hint");
    return true;
  };
}

test("prune refuses while another process holds the store, and names it", async () => {
  using work = await workspace();
  using other = await holder(work.root);
  const { child } = other;
  await assert.rejects(prune(work.store), inUse("tare build", child.pid));
  await assert.rejects(prune(work.store, true), inUse("tare build", child.pid));
  assert.equal(leasesIn(work.root).length, 1);
  child.send("end");
  await event(child, "exit");
  assert.deepEqual(leasesIn(work.root), []);
  await prune(work.store);
  assert.deepEqual(leasesIn(work.root), []);
});

test("the lease of a killed process holds nobody up and is removed", async () => {
  using work = await workspace();
  using other = await holder(work.root);
  const { child } = other;
  child.kill("SIGKILL");
  await event(child, "exit");
  assert.equal(leasesIn(work.root).length, 1);
  await prune(work.store);
  assert.deepEqual(leasesIn(work.root), []);
});

test("any number may hold the store at once, also in one process", async () => {
  using work = await workspace();
  const first = await work.store.hold("tare build");
  const second = await (await work.reopen()).hold("tare run");
  assert.equal(leasesIn(work.root).length, 2);
  await first[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
  await assert.rejects(prune(work.store), inUse("tare run", process.pid));
  await second[Symbol.asyncDispose]();
  await prune(work.store);
});

test("who comes while the store is pruned waits until that has ended", async () => {
  using work = await workspace();
  const pruner = join(work.root, "leases", "0.prune.json");
  const facts = ownFacts(work.root, await work.store.hold("x"));
  writeFileSync(pruner, facts.replace('"x"', '"tare prune"'));
  const ended = new AbortController();
  const waiting = work.store.hold("tare build").then((lease) => {
    assert.ok(ended.signal.aborted, "it is there");
    return lease;
  });
  await sleep(60);
  assert.equal(leasesIn(work.root).length, 3, "its own lease is there while it waits");
  ended.abort();
  writeFileSync(pruner, facts.replace(/"start":"[0-9]+"/, '"start":"1"'));
  await (await waiting)[Symbol.asyncDispose]();
});

test("a lease whose process id belongs to another one by now counts nothing", async () => {
  using work = await workspace();
  const facts = ownFacts(work.root, await work.store.hold("x"));
  await removeAll(work.root);
  writeFileSync(join(work.root, "leases", "a.json"), facts);
  await assert.rejects(prune(work.store), inUse("x", process.pid));
  writeFileSync(join(work.root, "leases", "a.json"), facts.replace(/"start":"[0-9]+"/, '"start":"1"'));
  await prune(work.store);
  assert.deepEqual(leasesIn(work.root), []);
});

test("a lease of another pid namespace counts as long as it is touched", async () => {
  using work = await workspace();
  const facts = ownFacts(work.root, await work.store.hold("x"));
  await removeAll(work.root);
  const path = join(work.root, "leases", "a.json");
  writeFileSync(path, facts.replace(/pid:\[\d+\]/, "pid:[1]"));
  await assert.rejects(prune(work.store), inUse("x", process.pid));
  utimesSync(path, 1, 1);
  await prune(work.store);
  assert.deepEqual(leasesIn(work.root), []);
});

test("a lease of another machine, or of an earlier boot, counts as long as it is touched", async () => {
  using work = await workspace();
  const facts = ownFacts(work.root, await work.store.hold("x"));
  await removeAll(work.root);
  const path = join(work.root, "leases", "a.json");
  writeFileSync(
    path,
    facts.replace(/"boot":"[^"]+"/, '"boot":"x"').replace(/"start":"[0-9]+"/, '"start":"1"'),
  );
  await assert.rejects(prune(work.store), inUse("x", process.pid));
  utimesSync(path, 1, 1);
  await prune(work.store);
  assert.deepEqual(leasesIn(work.root), []);
});

test("dead holders are forgotten at once where that can be seen, and no others", async () => {
  using work = await workspace();
  using other = await holder(work.root);
  other.child.kill("SIGKILL");
  await event(other.child, "exit");
  const [dead] = leasesIn(work.root);
  await using _own = await work.store.hold("x");
  const facts = readFileSync(join(work.root, "leases", dead as string), "utf8");
  writeFileSync(join(work.root, "leases", "far.json"), facts.replace(/pid:\[\d+\]/, "pid:[1]"));
  writeFileSync(join(work.root, "leases", "torn.json"), facts.slice(0, 9));
  writeFileSync(join(work.root, "leases", "group.json"), facts.replace(/"pid":\d+/, '"pid":-1'));
  assert.equal(leasesIn(work.root).length, 5);
  await work.store.forgetDead();
  assert.equal(leasesIn(work.root).length, 4);
  assert.ok(!leasesIn(work.root).includes(dead as string));
});

test("what is no lease holds nobody up, and is removed once it is old", async () => {
  using work = await workspace();
  const leases = join(work.root, "leases");
  for (const [at, text] of ["", "{", "null", "7", "{}"].entries())
    writeFileSync(join(leases, `${at}.json`), text);
  writeFileSync(join(leases, "x.json.draft"), "");
  const before = leasesIn(work.root).length;
  await prune(work.store).catch((error: unknown) => {
    throw new Error(`a damaged lease holds prune up: ${error}`);
  });
  assert.equal(leasesIn(work.root).length, before);
  for (const name of leasesIn(work.root)) utimesSync(join(leases, name), 1, 1);
  await prune(work.store);
  assert.deepEqual(leasesIn(work.root), []);
});

test("of two prunes at once none works beside the other", async () => {
  using work = await workspace();
  for (let round = 0; round < 20; round++) {
    const results = await Promise.allSettled([prune(work.store), prune(await work.reopen())]);
    for (const result of results)
      if (result.status === "rejected") inUse("tare prune", process.pid)(result.reason);
  }
  await prune(work.store);
});

/** What a lease of this process says. */
function ownFacts(root: string, _lease: unknown): string {
  const [name] = leasesIn(root);
  return readFileSync(join(root, "leases", name as string), "utf8");
}

async function removeAll(root: string): Promise<void> {
  const { rm } = await import("node:fs/promises");
  for (const name of leasesIn(root)) await rm(join(root, "leases", name));
}

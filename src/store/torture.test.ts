import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once as event } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { childProgram } from "../base/fixtures.ts";
import { canonicalName } from "../oci/index.ts";
import { verifyImage, workspace } from "./fixtures.ts";

const FOLDER = import.meta.dirname;
const KILLS = 12;
const PROCESSES = 3;

/** Puts layers in both forms, images and names for ever, and prunes in between; any mistake ends it loudly. */
const WORKER = `
  import { openStore } from ${JSON.stringify(join(FOLDER, "store.ts"))};
  import { directoryLayer, imageOf, keyOf, ref, tarLayer, verifyImage } from ${JSON.stringify(join(FOLDER, "fixtures.ts"))};
  const random = (limit) => Math.floor(Math.random() * limit);
  const store = await openStore(process.argv[2]);
  process.send("ready");
  for (let round = 0; ; round++) {
    if (random(4) === 0)
      await store.prune({ all: random(3) === 0, dryRun: false }).catch((error) => {
        if (error.code !== "user-conflict") throw error;
      });
    const lease = await store.hold("torture");
    const files = { a: String(random(6)).repeat(1000), b: "x".repeat(random(3) * 300_000) };
    const layers = [await tarLayer(store, files)];
    if (random(2) === 0) layers.push(await directoryLayer(store, { c: String(random(100)) }));
    for (const layer of layers) if (random(2) === 0) await layer.descriptor();
    await store.layers.settle(layers);
    await store.keys.put(keyOf(String(random(10))), { result: { layers: layers.map(({ id }) => id) } });
    const record = await imageOf(store, layers, "app:" + random(5));
    await verifyImage(store, record);
    if (random(3) === 0) await store.images.untag(ref("app:" + random(5)));
    await lease[Symbol.asyncDispose]();
    process.send("round");
  }`;

function startWorker(program: string, root: string): ChildProcess {
  return spawn(process.execPath, [program, root], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
}

/** Starts workers and kills each at a random moment, over and over; tells how often and how many rounds they made. */
async function torture(root: string): Promise<{ readonly kills: number; readonly rounds: number }> {
  using program = childProgram(WORKER);
  let [kills, rounds] = [0, 0];
  async function slot(): Promise<void> {
    while (kills < KILLS || rounds < KILLS) {
      const child = startWorker(program.path, root);
      let said = "";
      child.stderr?.on("data", (text: Buffer) => {
        said += text;
      });
      child.on("message", (word) => {
        if (word === "round") rounds++;
      });
      const ended = event(child, "close");
      await Promise.race([event(child, "message"), ended]);
      await Promise.race([sleep(20 + Math.random() * 500), ended]);
      child.kill("SIGKILL");
      const [code, signal] = await ended;
      assert.deepEqual([code, signal], [null, "SIGKILL"], said);
      kills++;
    }
  }
  await Promise.all(Array.from({ length: PROCESSES }, slot));
  return { kills, rounds };
}

test("processes that are killed at any moment leave a store whose images are whole", async (t) => {
  using work = await workspace();
  const { kills, rounds } = await torture(work.root);
  t.diagnostic(`${rounds} rounds, ${kills} kills`);
  assert.equal(kills >= KILLS && rounds >= KILLS, true);
  const store = await work.reopen();
  for (const { record } of await store.images.list()) await verifyImage(store, record);
  await store.prune({ all: false, dryRun: false });
  // Drafts of leases stay until they are old; they hold nobody up.
  const leases = readdirSync(join(work.root, "leases")).filter((name) => !name.endsWith(".draft"));
  assert.deepEqual(leases, []);
  assert.deepEqual(readdirSync(join(work.root, "tmp")), []);
  for (const { record, references } of await store.images.list()) {
    assert.notEqual(references.length, 0);
    await verifyImage(store, record);
    for (const reference of references)
      assert.equal((await store.images.resolve(canonicalName(reference)))?.id, record.id);
  }
  await store.prune({ all: true, dryRun: false });
  const needed = new Set((await store.images.list()).flatMap(({ record }) => record.layers));
  assert.deepEqual(readdirSync(join(work.root, "layers")).sort(), [...needed].sort());
  assert.deepEqual(await store.keys.list(), []);
});

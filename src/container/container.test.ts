import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { TareError } from "../base/index.ts";
import type { ContainerHealth, ContainerState, OwnContainer } from "../store/index.ts";
import { askControl, type ControlRequest, serveControl } from "./control.ts";
import { checkCommand, nextHealth, watchHealth } from "./health.ts";
import { containerLife } from "./life.ts";
import { LOG_FILES, openLog } from "./log-file.ts";
import { checkedName, generatedName } from "./names.ts";
import { type LogChoice, readLog } from "./read-log.ts";

const signal = new AbortController().signal;

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "tare-container-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

async function logged(folder: string, choice: LogChoice = {}): Promise<string> {
  let text = "";
  for await (const { log, stream } of readLog(folder, choice, signal))
    text += `${stream === "stderr" ? "!" : ""}${log}`;
  return text;
}

test("a log has lines with their stream and time; the last ones, those of a time", async () => {
  using folder = temporary();
  let now = 1_000;
  {
    using log = openLog(folder.path, { now: () => now });
    log.stdout.write("a\nb");
    log.stderr.write("oops\n");
    now = 2_000;
    log.stdout.end("c\nd");
    await new Promise((resolve) => log.stdout.once("finish", resolve));
  }
  assert.equal(await logged(folder.path), "a\n!oops\nbc\nd");
  assert.equal(await logged(folder.path, { tail: 2 }), "bc\nd");
  assert.equal(await logged(folder.path, { tail: 0 }), "");
  assert.equal(await logged(folder.path, { since: 2_000 }), "bc\nd");
  assert.equal(await logged(folder.path, { until: 2_000 }), "a\n!oops\n");
});

test("a log never grows beyond twice its size, and long lines are whole again when they are read", async () => {
  using folder = temporary();
  using log = openLog(folder.path, { now: () => 0, size: 100_000 });
  for (let line = 0; line < 400; line++) log.stdout.write(`${line} ${"x".repeat(1_000)}\n`);
  log.stdout.write(`${"y".repeat(40_000)}\n`);
  for (const name of LOG_FILES) assert.ok(statSync(join(folder.path, name)).size <= 100_000);
  const text = await logged(folder.path, { tail: 1 });
  assert.equal(text, `${"y".repeat(40_000)}\n`);
});

test("a log that can not be put aside loses lines, and goes on when it can", async () => {
  using folder = temporary();
  using log = openLog(folder.path, { now: () => 0, size: 2_000 });
  const inTheWay = join(folder.path, LOG_FILES[0]);
  mkdirSync(join(inTheWay, "x"), { recursive: true });
  log.stdout.write(`${"ä".repeat(950)}\n`);
  log.stdout.write(`lost\n${"x".repeat(300)}\nlost\n`);
  rmSync(inTheWay, { recursive: true });
  log.stdout.write(`${"x".repeat(300)}\nfound\n`);
  assert.equal(await logged(folder.path, { tail: 1 }), "found\n");
  for (const name of LOG_FILES) assert.ok(statSync(join(folder.path, name)).size <= 2_000);
  assert.ok(!(await logged(folder.path)).includes("lost"));
});

test("who asks is answered, or told that nobody is there any more, however long the folder's name is", async () => {
  using folder = temporary();
  let release = (_code: number) => {};
  const ended = new Promise<number>((resolve) => {
    release = resolve;
  });
  const asked: string[] = [];
  const server = await serveControl(folder.path, {
    signal: ({ name }) => void asked.push(name),
    stop: () => ended,
    wait: () => ended,
    join: () => Promise.reject(new Error("no")),
    joined: () => undefined,
  });
  const waiting = askControl(folder.path, { type: "wait" }, signal);
  assert.deepEqual(await askControl(folder.path, { type: "signal", name: "SIGHUP" }, signal), {
    result: null,
  });
  assert.deepEqual(asked, ["SIGHUP"]);
  const process = { args: ["x"], env: [], terminal: false, privileged: false };
  assert.deepEqual(await askControl(folder.path, { type: "join", process }, signal), { error: "no" });
  release(7);
  assert.deepEqual(await waiting, { result: 7 });
  await server[Symbol.asyncDispose]();
  for (const path of [folder.path, join(folder.path, "removed")])
    assert.deepEqual(await askControl(path, { type: "wait" }, signal), { ended: true });
});

test("a client that dies, asks for nonsense or does not hang up harms nobody", async () => {
  using folder = temporary();
  let asked = 0;
  const server = await serveControl(folder.path, {
    signal: () => ++asked,
    stop: () => 0,
    wait: () => 0,
    join: () => 0,
    joined: () => undefined,
  });
  const dying = createConnection(join(folder.path, "control")).pause();
  const line = `${JSON.stringify({ type: "signal", name: "SIGHUP" })}\n`;
  dying.write(line.repeat(20_000));
  while (asked < 20_000) await sleep(5);
  // It has not read all of the answers, so this is a reset.
  dying.destroy();
  await once(dying, "close");
  const odd = { type: "toString" } as unknown as ControlRequest;
  assert.match(JSON.stringify(await askControl(folder.path, odd, signal)), /unknown request/);
  const silent = createConnection({ path: join(folder.path, "control"), allowHalfOpen: true }).resume();
  await once(silent, "connect");
  await server[Symbol.asyncDispose]();
  silent.destroy();
});

test("health changes after so many failures in a row, which in the start period do not count", () => {
  const start: ContainerHealth = { status: "starting", failingStreak: 0, log: [] };
  const result = (exitCode: number) => ({ start: 0, end: 1, exitCode, output: "" });
  const late = { retries: 2, isStarting: false };
  const early = nextHealth(start, result(1), { retries: 1, isStarting: true });
  assert.deepEqual([early.status, early.failingStreak], ["starting", 0]);
  const once = nextHealth(early, result(1), late);
  assert.deepEqual([once.status, once.failingStreak], ["starting", 1]);
  const twice = nextHealth(once, result(1), late);
  assert.equal(twice.status, "unhealthy");
  const well = nextHealth(twice, result(0), late);
  assert.deepEqual([well.status, well.failingStreak], ["healthy", 0]);
  assert.deepEqual(checkCommand({ Test: ["CMD-SHELL", "a b"] }), ["/bin/sh", "-c", "a b"]);
  assert.deepEqual(checkCommand({ Test: ["CMD", "a", "b"] }), ["a", "b"]);
  for (const Test of [["NONE"], [], ["CMD"]]) assert.equal(checkCommand({ Test }), undefined);
});

test("a check that can not be made or told is a failed one, and one that lasts too long ends", async () => {
  const told: ContainerHealth[] = [];
  const ended = new AbortController();
  using folder = temporary();
  const once = join(folder.path, "once");
  const script = `test -e ${once} && exit 0; touch ${once}; sleep 1000; :`;
  let asked = 0;
  const tools = {
    now: () => 0,
    async command() {
      if (++asked === 1) throw new Error("no space");
      return ["sh", "-c", script];
    },
    report(health: ContainerHealth) {
      told.push(health);
      if (told.length === 1) throw new Error("disk is full");
      if (told.length === 4) ended.abort();
    },
  };
  const check = { Test: ["CMD", "x"], Interval: 1e6, Timeout: 1e8, Retries: 9 };
  await watchHealth(check, tools, ended.signal);
  const results = told.at(-1)?.log.map(({ exitCode, output }) => `${exitCode}${output}`);
  assert.deepEqual(results, ["-1disk is full", "-1no space", "-1", "0"]);
  assert.equal(asked, 2);
});

test("names are Docker's, and made up ones are free", () => {
  for (const name of ["web", "a1", "A.b-c_d"]) assert.equal(checkedName(name), name);
  for (const name of ["", "a", "-ab", "a/b", "a b", "../x"])
    assert.throws(() => checkedName(name), TareError, name);
  const first = generatedName(new Set());
  assert.equal(checkedName(first), first);
  assert.notEqual(generatedName(new Set([first])), first);
});

test("a container that a full disk keeps from telling its end has its own exit code all the same", async () => {
  const told: ContainerState[] = [];
  let isFull = true;
  const own = {
    setState(state: ContainerState) {
      if (isFull && state.status === "exited") throw new TareError("environment-disk", "full");
      told.push(state);
    },
  } as unknown as OwnContainer;
  const life = containerLife(own, () => 1);
  life.start();
  assert.throws(() => life.finish(137, { isOutOfMemory: true }), { code: "environment-disk" });
  isFull = false;
  life.fail(new TareError("environment-disk", "full"));
  assert.equal(await life.ended, 137);
  assert.deepEqual([told.at(-1)?.exitCode, told.at(-1)?.isOutOfMemory], [137, true]);
});

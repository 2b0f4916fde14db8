import assert from "node:assert/strict";
import { test } from "node:test";
import { passedSignals } from "./signals.ts";

test("signals that arrive are passed on in order, ^C is not among them", async () => {
  using signals = passedSignals();
  for (const name of ["SIGTERM", "SIGUSR1", "SIGHUP"] as const) process.emit(name, name);
  const list = signals.list[Symbol.asyncIterator]();
  assert.equal((await list.next()).value, "SIGTERM");
  assert.equal((await list.next()).value, "SIGUSR1");
  assert.equal((await list.next()).value, "SIGHUP");
  const waiting = list.next();
  process.emit("SIGUSR2", "SIGUSR2");
  assert.equal((await waiting).value, "SIGUSR2");
  assert.equal(process.listenerCount("SIGINT"), 0);
});

test("the end of it ends whoever waits, and gives the signals back", async () => {
  const before = process.listenerCount("SIGTERM");
  const waiting = passedSignals();
  const next = waiting.list[Symbol.asyncIterator]().next();
  waiting[Symbol.dispose]();
  assert.deepEqual(await next, { value: undefined, done: true });
  const between = passedSignals();
  const list = between.list[Symbol.asyncIterator]();
  process.emit("SIGTERM", "SIGTERM");
  await list.next();
  between[Symbol.dispose]();
  assert.deepEqual(await list.next(), { value: undefined, done: true });
  assert.equal(process.listenerCount("SIGTERM"), before);
});

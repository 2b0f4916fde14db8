import assert from "node:assert/strict";
import { test } from "node:test";
import { lazy, lazyAsync } from "./lazy.ts";

test("a value is computed at the first call and never again, undefined too", () => {
  let calls = 0;
  const value = lazy(() => {
    calls++;
    return undefined;
  });
  assert.equal(calls, 0);
  assert.deepEqual([value(), value(), calls], [undefined, undefined, 1]);
});

test("a throw is not remembered", () => {
  let calls = 0;
  const value = lazy(() => {
    if (++calls === 1) throw new Error("once");
    return calls;
  });
  assert.throws(value, /once/);
  assert.deepEqual([value(), value()], [2, 2]);
});

test("callers at the same time share one computation", async () => {
  let calls = 0;
  const value = lazyAsync(async () => ++calls);
  assert.deepEqual(await Promise.all([value(), value(), value()]), [1, 1, 1]);
  assert.equal(await value(), 1);
});

test("a rejection reaches everybody who waits, and is then forgotten", async () => {
  let calls = 0;
  const value = lazyAsync(async () => {
    if (++calls === 1) throw new Error("once");
    return calls;
  });
  const results = await Promise.allSettled([value(), value()]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ["rejected", "rejected"],
  );
  assert.deepEqual([await value(), await value()], [2, 2]);
});

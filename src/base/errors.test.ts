import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assertNever, isSystemError, TareError, throwIfCancelled, withFacts } from "./errors.ts";
import { defined } from "./objects.ts";

function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return assert.fail("nothing was thrown");
}

test("an error has its code, message and facts, and a cause only when there is one", () => {
  const cause = new Error("below");
  const error = new TareError("exec-failed", "it failed", { exitCode: 3, cause });
  assert.deepEqual(
    [error.name, error.code, error.message, error.facts.exitCode, error.cause],
    ["TareError", "exec-failed", "it failed", 3, cause],
  );
  assert.ok(error instanceof Error, "it is a Error");
  assert.equal("cause" in new TareError("internal-bug", "x"), false);
  assert.deepEqual(new TareError("internal-bug", "x").facts, {});
});

test("facts are added, and those that an error has already win", () => {
  const cause = new Error("below");
  const first = new TareError("exec-failed", "it failed", { hint: "first", exitCode: 0 });
  const error = withFacts(first, { hint: "second", exitCode: 9, log: ["line"], cause });
  assert.deepEqual([error.code, error.message, error.cause], ["exec-failed", "it failed", cause]);
  assert.deepEqual(error.facts, { hint: "first", exitCode: 0, log: ["line"], cause });
  assert.deepEqual(first.facts, { hint: "first", exitCode: 0 });
});

test("a fact that says nothing does not hide one that is added", () => {
  const cause = new Error("below");
  const error = withFacts(new TareError("exec-failed", "it failed", { cause: undefined }), { cause });
  assert.equal(error.cause, cause);
});

test("system errors are known by their codes, and without codes any of them is meant", () => {
  const missing = thrownBy(() => readFileSync("/nowhere/at/all"));
  assert.equal(isSystemError(missing, "ENOENT"), true);
  assert.equal(isSystemError(missing, "EPERM", "ENOENT"), true);
  assert.equal(isSystemError(missing, "EPERM"), false);
  assert.equal(isSystemError(missing), true);
  for (const other of [undefined, null, "ENOENT", { code: "ENOENT" }, new Error("ENOENT")]) {
    assert.equal(isSystemError(other), false);
    assert.equal(isSystemError(other, "ENOENT"), false);
  }
});

test("what was cancelled says so, with the reason as its cause", () => {
  throwIfCancelled(undefined);
  throwIfCancelled(new AbortController().signal);
  const reason = new Error("the user");
  const error = thrownBy(() => throwIfCancelled(AbortSignal.abort(reason)));
  assert.ok(error instanceof TareError, "it is a TareError");
  assert.deepEqual([error.code, error.cause], ["user-cancelled", reason]);
});

test("a value that should never be is a bug that shows it", () => {
  const error = thrownBy(() => assertNever({ kind: "new" } as never));
  assert.ok(error instanceof TareError, "it is a TareError");
  assert.deepEqual([error.code, error.message], ["internal-bug", 'unexpected value: {"kind":"new"}']);
});

test("keys without a value are left out, all other values stay", () => {
  const values = { a: undefined, b: null, c: 0, d: "", e: false };
  assert.deepEqual(Object.entries(defined(values)), [
    ["b", null],
    ["c", 0],
    ["d", ""],
    ["e", false],
  ]);
});

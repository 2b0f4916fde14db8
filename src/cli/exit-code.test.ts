import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorCode, TareError } from "../api/index.ts";
import { exitCodeOf } from "./exit-code.ts";

/** One of each family, and those that have a code of their own. */
const CODES: readonly (readonly [ErrorCode, number])[] = [
  ["user-bad-flag", 125],
  ["user-dockerfile-syntax", 125],
  ["integrity-store", 125],
  ["registry-unreachable", 125],
  ["resolve-image", 125],
  ["exec-failed", 125],
  ["exec-not-executable", 126],
  ["exec-not-found", 127],
  ["environment-runtime", 125],
  ["internal-bug", 125],
  ["user-cancelled", 130],
];

test("run ends with docker's codes for its own errors, every other command with 1", () => {
  for (const [code, ofRun] of CODES) {
    const error = new TareError(code, "no", { exitCode: 7 });
    assert.equal(exitCodeOf(error, "run"), ofRun, code);
    assert.equal(exitCodeOf(error, "build"), code === "user-cancelled" ? 130 : 1, code);
  }
});

test("a command that was ended tells by what, as a shell does", () => {
  const error = new TareError("user-cancelled", "cancelled");
  for (const [signal, expected] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)
    assert.equal(exitCodeOf(error, "push", signal), expected);
});

test("anything that is no TareError is one of our own", () => {
  for (const error of [new Error("x"), "text", undefined]) {
    assert.equal(exitCodeOf(error, "run"), 125);
    assert.equal(exitCodeOf(error, "images"), 1);
  }
});

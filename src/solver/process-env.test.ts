import assert from "node:assert/strict";
import { test } from "node:test";
import { processEnv } from "./process-env.ts";

test("HOME is the account's unless it has a value, and stands last", () => {
  assert.deepEqual(processEnv(["A=1"], "/home/joe"), ["A=1", "HOME=/home/joe"]);
  assert.deepEqual(processEnv(["HOME=", "A=1"], "/root"), ["A=1", "HOME=/root"]);
  assert.deepEqual(processEnv(["HOME=/h", "A=1"], "/root"), ["HOME=/h", "A=1"]);
});

test("the last value of a variable wins, at its place", () => {
  assert.deepEqual(processEnv(["A=1", "B=x=y", "HOME=/h", "A=2", "AB=3"], "/"), [
    "B=x=y",
    "HOME=/h",
    "A=2",
    "AB=3",
  ]);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { takeAtMost } from "./arguments.ts";

test("arguments that nobody would look at are refused", () => {
  takeAtMost(0, "prune", { args: [] });
  takeAtMost(1, "images", { args: ["app"] });
  assert.throws(() => takeAtMost(0, "prune", { args: ["app"] }), /tare prune takes no arguments, but got 1/);
  assert.throws(() => takeAtMost(1, "images", { args: ["a", "b"] }), { code: "user-bad-flag" });
});

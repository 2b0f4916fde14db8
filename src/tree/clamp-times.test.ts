import assert from "node:assert/strict";
import { test } from "node:test";
import { clampTimes } from "./clamp-times.ts";
import type { Entry } from "./entry.ts";

const at = (mtime: number): Entry => ({
  path: "a",
  kind: "file",
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime,
  size: 0,
});

test("no entry is younger than the epoch, and older ones keep their time", () => {
  const times = (epoch?: number) =>
    clampTimes([at(-1), at(5), at(5.5), at(9)], epoch).map(({ mtime }) => mtime);
  assert.deepEqual(times(5), [-1, 5, 5, 5]);
  assert.deepEqual(times(0), [-1, 0, 0, 0]);
  assert.deepEqual(times(), [-1, 5, 5.5, 9]);
});

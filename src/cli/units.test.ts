import assert from "node:assert/strict";
import { test } from "node:test";
import { humanDuration, humanSize, signedSize } from "./units.ts";

test("sizes have three digits and decimal units, as docker images has them", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0B"],
    [1, "1B"],
    [999, "999B"],
    [1000, "1kB"],
    [999_499, "999kB"],
    [999_500, "1MB"],
    [999_600, "1MB"],
    [999_999_999, "1GB"],
    [1024, "1.02kB"],
    [1999, "2kB"],
    [26_600, "26.6kB"],
    [861_500, "862kB"],
    [1_317_000, "1.32MB"],
    [123_456_789, "123MB"],
    [1_000_000_000, "1GB"],
    [7_770_000_000_000, "7.77TB"],
    [5e15, "5PB"],
    [1234e15, "1230PB"],
  ];
  for (const [bytes, text] of cases) assert.equal(humanSize(bytes), text, String(bytes));
});

test("a difference has a sign, and none has none", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0B"],
    [10, "+10B"],
    [-999_600, "-1MB"],
  ];
  for (const [bytes, text] of cases) assert.equal(signedSize(bytes), text, String(bytes));
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("durations are rounded as docker rounds them", () => {
  const cases: readonly (readonly [number, string])[] = [
    [-5 * SECOND, "Less than a second"],
    [0, "Less than a second"],
    [999, "Less than a second"],
    [SECOND, "1 second"],
    [1999, "1 second"],
    [59.9 * SECOND, "59 seconds"],
    [MINUTE, "About a minute"],
    [2 * MINUTE - 1, "About a minute"],
    [2 * MINUTE, "2 minutes"],
    [HOUR - 1, "59 minutes"],
    [HOUR, "About an hour"],
    [89 * MINUTE, "About an hour"],
    [90 * MINUTE - 1, "About an hour"],
    [90 * MINUTE, "2 hours"],
    [47.4 * HOUR, "47 hours"],
    [47.5 * HOUR, "2 days"],
    [3 * DAY - HOUR, "2 days"],
    [14 * DAY - HOUR, "13 days"],
    [14 * DAY, "2 weeks"],
    [59 * DAY, "8 weeks"],
    [60 * DAY, "2 months"],
    [729 * DAY, "24 months"],
    [730 * DAY - HOUR / 2, "1 years"],
    [730 * DAY, "2 years"],
    [3 * 365 * DAY - HOUR / 2, "2 years"],
  ];
  for (const [duration, text] of cases) assert.equal(humanDuration(duration), text, String(duration));
});

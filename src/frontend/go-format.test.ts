import assert from "node:assert/strict";
import { test } from "node:test";
import { goDuration, goList, goQuotedList } from "./go-format.ts";

test("strings are quoted as strconv.Quote does", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", '""'],
    ["a b", '"a b"'],
    ['"\\', '"\\"\\\\"'],
    ["\x07\b\f\n\r\t\v", '"\\a\\b\\f\\n\\r\\t\\v"'],
    ["\0\x1b\x7f", '"\\x00\\x1b\\x7f"'],
    ["é☺😀", '"é☺😀"'],
    ["\u00a0\u200b\ufeff", '"\\u00a0\\u200b\\ufeff"'],
    ["\u{e0001}", '"\\U000e0001"'],
  ];
  for (const [text, quoted] of cases) assert.equal(goQuotedList([text]), `[${quoted}]`);
  assert.equal(goQuotedList(["a", "b c"]), '["a" "b c"]');
  assert.equal(goList(["a", "b c"]), "[a b c]");
  assert.deepEqual([goQuotedList([]), goList([])], ["[]", "[]"]);
});

test("durations are printed as time.Duration does", () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, "0s"],
    [1, "1ns"],
    [1500, "1.5µs"],
    [2e6, "2ms"],
    [1.5e9, "1.5s"],
    [6e10, "1m0s"],
    [9e10, "1m30s"],
    [3.6e12, "1h0m0s"],
    [3_661_001_000_000, "1h1m1.001s"],
  ];
  for (const [nanoseconds, text] of cases) assert.equal(goDuration(nanoseconds), text);
});

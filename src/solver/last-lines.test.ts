import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lastLines } from "./last-lines.ts";

function last(count: number, ...pieces: readonly string[]): readonly string[] {
  const kept = lastLines(count);
  for (const piece of pieces) kept.add(piece);
  return kept.lines();
}

test("the last lines are kept, the one that has no end yet too", () => {
  const cases: readonly (readonly [readonly string[], readonly string[]])[] = [
    [[], []],
    [[""], []],
    [["a"], ["a"]],
    [["a\n"], ["a"]],
    [["a\nb\nc\nd\n"], ["b", "c", "d"]],
    [["a\nb\nc\nd"], ["b", "c", "d"]],
    [
      ["a", "b", "\n", "c"],
      ["ab", "c"],
    ],
    [["a\n\n\n"], ["a", "", ""]],
    [["\n"], [""]],
    [
      ["a\nb\nc\n", "", "d\n"],
      ["b", "c", "d"],
    ],
  ];
  for (const [pieces, wanted] of cases) assert.deepEqual(last(3, ...pieces), wanted, JSON.stringify(pieces));
});

test("how a text is cut into pieces makes no difference", () => {
  const pieces = fc.array(fc.stringMatching(/^[ab\n]*$/));
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 5 }), (texts, count) => {
      const lines = texts.join("").split("\n");
      if (lines.at(-1) === "") lines.pop();
      assert.deepEqual(last(count, ...texts), lines.slice(-count));
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createMask } from "./mask.ts";

function masked(secrets: readonly string[], pieces: readonly string[]): string {
  const mask = createMask(secrets);
  return pieces.map((piece) => mask.push(piece)).join("") + mask.end();
}

test("a secret is replaced, and so is each of its lines", () => {
  assert.equal(masked(["hunter2"], ["my hunter2 is hunter2"]), "my ***** is *****");
  assert.equal(masked(["first line\nsecond\n"], ["x second y first line"]), "x ***** y *****");
  assert.equal(masked(["abcd", "abcdef"], ["abcdef abcd"]), "***** *****");
});

test("what is too short to be a secret stays, and nothing is changed without secrets", () => {
  assert.equal(masked(["abc", ""], ["abc"]), "abc");
  assert.equal(masked([], ["a", "b"]), "ab");
});

test("a secret that arrives in pieces is found, and text that only begins like one comes out in the end", () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[ab]{4,8}$/),
      fc.array(fc.stringMatching(/^[abc]{0,6}$/), { maxLength: 8 }),
      (secret, pieces) => {
        const whole = pieces.join("");
        const shown = masked([secret], pieces);
        assert.equal(shown.includes(secret), false);
        if (!whole.includes(secret)) assert.equal(shown, whole);
      },
    ),
  );
});

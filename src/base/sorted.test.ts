import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lastIndexAtMost } from "./sorted.ts";

test("the last item at or below a limit is the one that looking at all of them finds", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.integer({ min: -1, max: 21 }), (numbers, limit) => {
      const items = numbers.sort((a, b) => a - b).map((number) => ({ number }));
      assert.equal(
        lastIndexAtMost(items, limit, ({ number }) => number),
        items.findLastIndex(({ number }) => number <= limit),
      );
    }),
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inPieces, streamOf } from "./bytes.ts";

test("pieces of one size are the same bytes, and hold for as many pieces as they are kept", async () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 });
  const sizes = fc.integer({ min: 1, max: 25 });
  await fc.assert(
    fc.asyncProperty(parts, sizes, fc.integer({ min: 1, max: 3 }), async (given, size, kept) => {
      const expected = Buffer.concat(given);
      const held: Uint8Array[] = [];
      const memory = new Set<ArrayBufferLike>();
      let at = 0;
      for await (const piece of inPieces(streamOf(...given), { size, kept })) {
        assert.ok(piece.length === size || at + piece.length === expected.length);
        at += piece.length;
        memory.add(piece.buffer);
        held.push(piece);
        if (held.length > kept) held.shift();
        assert.ok(Buffer.concat(held).equals(expected.subarray(at - Buffer.concat(held).length, at)));
      }
      assert.equal(at, expected.length);
      assert.ok(memory.size <= kept + 1);
    }),
  );
});

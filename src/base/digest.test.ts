import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createHasher, hexOf, isDigest, sha256 } from "./digest.ts";

const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

test("the digests of the standard's examples are those of the standard", () => {
  assert.equal(sha256(""), `sha256:${EMPTY}`);
  assert.equal(sha256("abc"), `sha256:${ABC}`);
  assert.equal(sha256(Buffer.from("abc")), `sha256:${ABC}`);
  assert.equal(sha256("ü"), sha256(Uint8Array.of(0xc3, 0xbc)));
  assert.equal(hexOf(sha256("abc")), ABC);
});

test("a digest that grows piece by piece is that of the whole", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (pieces) => {
      const hasher = createHasher();
      for (const piece of pieces) hasher.update(piece);
      assert.equal(hasher.digest(), sha256(Buffer.concat(pieces)));
    }),
  );
});

test("only the one spelling of a digest is one", () => {
  assert.equal(isDigest(`sha256:${ABC}`), true);
  const wrong = [
    "",
    ABC,
    `sha256:${ABC.slice(1)}`,
    `sha256:${ABC}0`,
    `sha256:${ABC.toUpperCase()}`,
    `SHA256:${ABC}`,
    `sha512:${ABC}${ABC}`,
    `sha256:${ABC}\n`,
    ` sha256:${ABC}`,
    `sha256:${"g".repeat(64)}`,
    `sha256:../${ABC.slice(3)}`,
  ];
  for (const text of wrong) assert.equal(isDigest(text), false, text);
});

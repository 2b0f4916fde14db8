import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { decodeName, encodeName, fsPath } from "./names.ts";

/** Bytes of all kinds: any, text, text cut anywhere, surrogates and overlong forms. */
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
  fc.tuple(fc.string({ unit: "binary" }), fc.nat(8)).map(([text, cut]) => Buffer.from(text).subarray(cut)),
  fc
    .array(fc.constantFrom(0xed, 0xa0, 0x80, 0xef, 0xbf, 0xbd, 0xbb, 0xf0, 0x9f, 0xc0, 0xf4, 0x90, 0x41))
    .map((list) => Buffer.from(list)),
);

test("every name survives the round trip, byte for byte", () => {
  fc.assert(
    fc.property(bytes, (name) => {
      const text = decodeName(name);
      assert.equal(encodeName(text).equals(name), true);
      const path = fsPath(text);
      assert.equal((typeof path === "string" ? Buffer.from(path) : path).equals(name), true);
    }),
    { numRuns: 2000 },
  );
});

test("two names that differ in their bytes differ as text", () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.equal(decodeName(a) === decodeName(b), Buffer.compare(a, b) === 0);
    }),
    { numRuns: 2000 },
  );
});

test("a name that is UTF-8 is that text, also with characters that look like damage", () => {
  for (const text of ["", "plain", "Grüße", "\uFEFFmark", "\uFFFD", "a\uFFFDb", "😀", "a\u0000b"]) {
    assert.equal(decodeName(Buffer.from(text)), text);
    assert.equal(fsPath(text), text);
  }
});

test("each byte that is no UTF-8 is one lone surrogate, in order", () => {
  const cases: readonly (readonly [readonly number[], string])[] = [
    [[0xff], "\uDCFF"],
    [[0x61, 0x80, 0x62], "a\uDC80b"],
    [[0xc3], "\uDCC3"],
    [[0xc0, 0xaf], "\uDCC0\uDCAF"],
    [[0xed, 0xa0, 0x80], "\uDCED\uDCA0\uDC80"],
    [[0xf4, 0x90, 0x80, 0x80], "\uDCF4\uDC90\uDC80\uDC80"],
    [[0xe2, 0x82, 0xe2, 0x82, 0xac], "\uDCE2\uDC82€"],
    [[0xef, 0xbf, 0xbd, 0xff], "\uFFFD\uDCFF"],
    [[0xf0, 0x9f, 0x98, 0x80, 0xff], "😀\uDCFF"],
  ];
  for (const [list, text] of cases) assert.equal(decodeName(Uint8Array.from(list)), text);
});

test("a name in the middle of a buffer is decoded alone", () => {
  const all = new Uint8Array([0x61, 0xff, 0x62, 0x63]);
  assert.equal(decodeName(all.subarray(1, 3)), "\uDCFFb");
  assert.equal(decodeName(all.subarray(2)), "bc");
});

test("a path that is no text reaches the file that has that name", () => {
  const folder = mkdtempSync(join(tmpdir(), "tare-names-"));
  try {
    const path = `${folder}/a\uDCFF😀`;
    writeFileSync(fsPath(path), "here");
    assert.deepEqual(readdirSync(folder, "buffer").map(decodeName), ["a\uDCFF😀"]);
    assert.equal(readFileSync(fsPath(path), "utf8"), "here");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

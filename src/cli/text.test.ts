import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fit, lineJoiner, plainText, truncate, widthOf } from "./text.ts";

test("wide characters are two columns, marks none", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["", 0],
    ["abc", 3],
    ["日本", 4],
    ["한국어", 6],
    ["ｆｕｌｌ", 8],
    ["𠀀", 2],
    ["🚀", 2],
    ["e\u0301", 1],
    ["é", 1],
    ["✔️", 1],
  ];
  for (const [text, width] of cases) assert.equal(widthOf(text), width, text);
});

test("a line is cut before the character that no longer fits", () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ["abc", 3, "abc"],
    ["abcd", 3, "abc"],
    ["日本", 3, "日"],
    ["a日", 2, "a"],
    ["ae\u0301b", 2, "ae\u0301"],
    ["abc", 0, ""],
    ["abc", -1, ""],
  ];
  for (const [line, columns, wanted] of cases) assert.equal(truncate(line, columns), wanted, line);
  assert.deepEqual([fit("日本", 3), fit("ab", 4), fit("ab", -1)], ["日 ", "ab  ", ""]);
});

test("what fits is exactly so wide", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (line, columns) => {
      assert.equal(widthOf(fit(line, columns)), columns);
    }),
  );
});

test("escape sequences go, and with them nothing else", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["\u001b[1;31mred\u001b[0m text", "red text"],
    ["\u001b[38:5:1mx\u001b[?25l\u001b[2K", "x"],
    ["\u001b]0;title\u0007x", "x"],
    ["\u001b]8;;http://a\u001b\\link\u001b]8;;\u001b\\ text", "link text"],
    ["\u001b]8;;http://a\u0007link\u001b]8;;\u0007 text", "link text"],
    ["\u001b(Bplain\u001b7\u001b=\u001bM", "plain"],
    ["a\u001b", "a"],
    ["\u001b]0;never ends", ""],
    ["a\tb", "a    b"],
    ["a\u0007\u0000\u007f\u009bb\u000b\u000c", "ab"],
    ["10%\r50%\r100%", "100%"],
    ["done\r", "done"],
    ["\r\r", ""],
  ];
  for (const [line, wanted] of cases) assert.equal(plainText(line), wanted, JSON.stringify(line));
});

test("plain text has no control characters, whatever it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (line) => {
      assert.doesNotMatch(plainText(`\u001b${line}`), /\p{Cc}/u);
    }),
  );
});

test("pieces are joined into the lines that they were", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[ab\n]*$/)), (pieces) => {
      const joiner = lineJoiner();
      const complete = pieces.flatMap((piece) => joiner.add(piece));
      const wanted = pieces.join("").split("\n");
      assert.equal(joiner.rest(), wanted.at(-1));
      const lines = [...complete, ...joiner.end()];
      assert.deepEqual(lines, wanted.at(-1) === "" ? wanted.slice(0, -1) : wanted);
      assert.deepEqual(joiner.end(), []);
    }),
  );
});

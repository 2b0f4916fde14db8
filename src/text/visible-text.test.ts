import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { oneLine, visibleJson, visibleName, visibleText } from "./visible-text.ts";

const HOSTILE = "a\u001b[2Jb\u009b31m\u202ec\r\n\td\u007f";

test("what steers a terminal is a sign of one column, a space, or an escape", () => {
  assert.equal(visibleText(HOSTILE), "a\u241b[2Jb\ufffd31m\ufffdc\u240d\n\td\ufffd");
  assert.equal(visibleName(HOSTILE), "a\u241b[2Jb\ufffd31m\ufffdc\u240d\u240a\u2409d\ufffd");
  assert.equal(oneLine(HOSTILE), "a [2Jb 31m c d ");
  assert.equal(visibleJson("{\n\t}"), "{\n\t}");
});

test("JSON means the same as before, and steers nothing", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const json = visibleJson(JSON.stringify(HOSTILE + text));
      assert.equal(JSON.parse(json), HOSTILE + text);
      assert.doesNotMatch(json, /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u);
    }),
  );
});

test("names and lines have no control characters, whatever they were", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      for (const line of [visibleName(text), oneLine(text)]) assert.doesNotMatch(line, /\p{Cc}/u);
    }),
  );
});

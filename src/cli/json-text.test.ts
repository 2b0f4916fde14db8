import assert from "node:assert/strict";
import { test } from "node:test";
import { jsonPieces, jsonText, ROWS } from "./json-text.ts";

test("a document says everything, and nothing in it steers a terminal", () => {
  const hostile = { path: "a\u001b[2J\u009b31m\u007f\u202eb\n\tc" };
  const text = jsonText(hostile);
  assert.deepEqual(JSON.parse(text), hostile);
  assert.doesNotMatch(text, /(?!\n)[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
  assert.equal(text.at(-1), "\n");
  assert.equal(jsonText([1, { a: 2 }], 0), '[1,{"a":2}]\n');
});

test("a document in pieces is the same text", () => {
  const rows = [{ a: [1, { b: "x\n\u009b" }] }, {}];
  for (const list of [rows, []]) {
    const document = (results: unknown) => ({ version: 1, runs: [{ empty: [], results, after: "\u001b" }] });
    assert.equal([...jsonPieces(document(ROWS), list)].join(""), jsonText(document(list)));
  }
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TareError } from "../base/index.ts";
import { parseYaml } from "./yaml-file.ts";

const KIND = { code: "user-bad-recipe", noun: "a recipe", manual: "see the manual" } as const;

/** `line:column-end message | hint`; "" for what is YAML. */
async function problemOf(text: string): Promise<string> {
  try {
    await parseYaml(text, { file: "f", isText: () => false, kind: KIND });
    return "";
  } catch (error) {
    assert.ok(error instanceof TareError, String(error));
    const { start, end } = error.facts.location?.range ?? assert.fail(error.message);
    return `${start.line}:${start.column}-${end.column} ${error.message} | ${error.facts.hint}`;
  }
}

const COLUMN =
  "this line begins in another column than those it belongs to | keys of one map, and items of one list, begin in the same column";

const SLIPS: Readonly<Record<string, string>> = {
  "a:\n\tb: 1": "2:1-2 a tab indents this line | YAML wants spaces there",
  "extends:base\nuser: a": "1:8-9 no space follows the colon | write extends: base",
  "a line of text\nb: 1":
    "1:1-15 this line has no key | a key is written with a colon and a space: NAME: VALUE",
  "a: 1\n- b":
    "2:1-2 an item of a list stands where a key has to | put it below the key whose list it is, one column deeper or more",
  "- a\nb: 1":
    "2:1-5 a key stands where an item of the list above has to | begin the line with a dash and a space, or drop the list's dashes",
  "a: 1\nb: 2\na: 3": "3:1-2 the key a is there twice | keep one of them, or join their values",
  'a: "it\\"s\nb: 1': '1:4-5 the text that begins here has no " at its end | write " where the text ends',
  "a: 'it''s\nb: 1": "1:4-5 the text that begins here has no ' at its end | write ' where the text ends",
  "a: 'it's'": `1:8-10 something follows the closing quote | put all of it between quotes; inside '…' a ' is written '', inside "…" a " is written \\"`,
  "a: 1\n  b: 2":
    "2:3-7 this line is indented, but the key above it has a value already | let it begin in the column of that key, or drop the value",
  "a:\n    b: 1\n  c: 2": `3:3-7 ${COLUMN}`,
  "a:\n  - x\n - y": `3:2-5 ${COLUMN}`,
  "a: x: y": "1:5-6 a colon and a space stand inside a value | put the value between quotes",
  "a: [x, y\nb: 1": "2:1-2 a list above is not closed | write ] behind its last part",
  "a: {x: 1\nb: 2": "2:1-2 a map above is not closed | write } behind its last part",
  'a: ["x" "y"]': "1:9-10 a comma is missing here | parts of a list in brackets stand between commas",
  "a: [x,, y]":
    "1:7-8 a comma too many stands here | drop it, or put the text that it belongs to between quotes",
  "a: - b":
    "1:4-5 a list begins in the line of its key | put each item into a line of its own, or write [A, B]",
  "a: @x": "1:4-5 a value can not begin with @ | put it between quotes",
  'a: "\\q"':
    "1:5-7 \\q means nothing between double quotes | write \\\\ for a backslash, or put the text between single quotes",
};

for (const [text, expected] of Object.entries(SLIPS))
  test(`a slip is told in plain words, where it was made: ${JSON.stringify(text)}`, async () => {
    assert.equal(await problemOf(text), expected);
  });

test("whatever is written, a mistake has words and a place in the text", async () => {
  const pieces = "a|b| |  |\n|\n  |\t|: |:|- |[|]|{|}|, |\"|'|\\|#|&x|*x|!t|@|%|||>|---|\u0000".split("|");
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 20 }), async (parts) => {
      const text = parts.join("");
      const problem = await problemOf(text);
      const [, line = "1"] = /^(\d+):/.exec(problem) ?? [];
      assert.ok(Number(line) <= text.split("\n").length, problem);
    }),
    { numRuns: 500 },
  );
});

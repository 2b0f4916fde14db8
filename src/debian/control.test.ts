import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseStanza, parseStanzas } from "./control.ts";
import { accepts, formatRelation, parseRelations } from "./relation.ts";

test("a stanza is its fields as written, continuation lines with them", () => {
  const text = [
    "# a comment",
    "Package: hello",
    "Homepage:https://example.org/a:b",
    "Empty:",
    "Description: greets \t",
    " line one",
    " .",
    "\tline two: with a colon",
    "# a comment in the middle",
    " line three",
  ].join("\n");
  assert.deepEqual(
    [...parseStanza(text)],
    [
      ["Package", "hello"],
      ["Homepage", "https://example.org/a:b"],
      ["Empty", ""],
      ["Description", "greets\n line one\n .\n\tline two: with a colon\n line three"],
    ],
  );
});

test("stanzas are apart by empty lines, however many and whatever white space is in them", () => {
  const text = "\n\nPackage: a\n\n\n \t\nPackage: b\nVersion: 1\n\n# nothing\n\nPackage: c\n";
  assert.deepEqual(
    parseStanzas(text).map((stanza) => [...stanza.values()]),
    [["a"], ["b", "1"], ["c"]],
  );
  assert.deepEqual(parseStanzas(""), []);
});

test("line ends of another system are no part of a value", () => {
  assert.deepEqual(
    parseStanzas("Package: a\r\nVersion: 1\r\n\r\nPackage: b\r\n").map((stanza) => [...stanza]),
    [
      [
        ["Package", "a"],
        ["Version", "1"],
      ],
      [["Package", "b"]],
    ],
  );
});

test("what is no stanza never throws, and has no field without a name", () => {
  const piece = fc.constantFrom("a", ":", " ", "\n", "\t", "#", "B: c");
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      for (const stanza of parseStanzas(pieces.join("")))
        for (const name of stanza.keys()) assert.notEqual(name, "");
    }),
  );
});

test("a dependency field is clauses of alternatives with versions", () => {
  const field =
    "libc6:any (>= 2.36) [amd64] <!nocheck>, a|b (<<1:2~) | c ( = 3 ),\n default-mta , x (> 1), y (< 1),";
  assert.deepEqual(parseRelations(field), [
    [{ name: "libc6", qualifier: "any", operator: ">=", version: "2.36" }],
    [
      { name: "a" },
      { name: "b", operator: "<<", version: "1:2~" },
      { name: "c", operator: "=", version: "3" },
    ],
    [{ name: "default-mta" }],
    [{ name: "x", operator: ">=", version: "1" }],
    [{ name: "y", operator: "<=", version: "1" }],
  ]);
  assert.deepEqual(parseRelations(undefined), []);
  assert.deepEqual(parseRelations(" , "), []);
});

test("a relation reads back what it was written as", () => {
  const name = fc.constantFrom("a", "lib++", "g-1.0", "0ad");
  const relation = fc.oneof(
    fc.record({ name }),
    fc.record({
      name,
      operator: fc.constantFrom("<<", "<=", "=", ">=", ">>"),
      version: fc.constantFrom("1", "1:2-3", "1~a+b"),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(relation, { minLength: 1 })), (clauses) => {
      const text = clauses.map((clause) => clause.map(formatRelation).join(" | ")).join(", ");
      assert.deepEqual(
        parseRelations(text),
        clauses.map((clause) => clause.map((one) => ({ ...one }))),
      );
    }),
  );
});

test("a relation without a version accepts every one", () => {
  assert.equal(accepts({ name: "a" }, "0~~"), true);
  assert.equal(accepts({ name: "a", operator: "<<", version: "1" }, "1~"), true);
  assert.equal(accepts({ name: "a", operator: "<<", version: "1" }, "1"), false);
});

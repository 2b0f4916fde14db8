import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inLowerCase, parseStanza, parseStanzas } from "./control-file.ts";

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

test("a line without a colon is no field, and what follows it is passed over with it", () => {
  assert.deepEqual(
    [...parseStanza("A: 1\nnonsense\n more\nB: 2\nA: 3")],
    [
      ["A", "3"],
      ["B", "2"],
    ],
  );
});

test("names in lower case are one name however they are written, and the last counts", () => {
  assert.deepEqual(
    [...inLowerCase(parseStanza("License: MIT\nlicense: BSD\nFiles: *"))],
    [
      ["license", "BSD"],
      ["files", "*"],
    ],
  );
});

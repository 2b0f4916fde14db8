import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeName } from "../base/index.ts";
import { sampleName } from "./arbitrary.ts";
import { baseName, comparePaths, joinPath, parentPath, pathComponents } from "./path.ts";

const samplePath = fc.array(sampleName, { maxLength: 4 }).map((names) => names.join("/"));

test("paths are in the order of their components' bytes, a directory before what is in it", () => {
  const sorted = [
    "",
    "-x",
    "a",
    "a/-x",
    "a/b",
    "a/b/c",
    "a/b-c",
    "a-b",
    "a.b",
    "a0",
    "ab",
    "\uDC80",
    "ä",
    "語",
    "\uFFFD",
    "😀",
  ];
  assert.deepEqual([...sorted].reverse().sort(comparePaths), sorted);
});

test("the order is that of the lists of encoded names", () => {
  const model = (a: string, b: string): number => {
    const left = a === "" ? [] : a.split("/").map(encodeName);
    const right = b === "" ? [] : b.split("/").map(encodeName);
    for (let at = 0; at < Math.min(left.length, right.length); at++) {
      const difference = Buffer.compare(left[at] as Buffer, right[at] as Buffer);
      if (difference !== 0) return difference;
    }
    return left.length - right.length;
  };
  fc.assert(
    fc.property(samplePath, samplePath, (a, b) => {
      assert.equal(Math.sign(comparePaths(a, b)), Math.sign(model(a, b)));
    }),
    { numRuns: 2000 },
  );
});

test("a path is its parent joined with its name", () => {
  fc.assert(
    fc.property(samplePath, (path) => {
      assert.equal(joinPath(parentPath(path), baseName(path)), path);
    }),
  );
  assert.deepEqual([joinPath("a/b", ""), joinPath("", "a/b"), joinPath("", "")], ["a/b", "a/b", ""]);
  assert.deepEqual([parentPath("a"), parentPath("a/b/c"), baseName("a/b/c")], ["", "a/b", "c"]);
});

test("components leave out what means nothing", () => {
  assert.deepEqual(pathComponents("/a//./b/"), ["a", "b"]);
  assert.deepEqual(pathComponents("/"), []);
  assert.deepEqual(pathComponents("a/../b"), ["a", "..", "b"]);
});

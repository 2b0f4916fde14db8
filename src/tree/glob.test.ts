import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { buildTree } from "./apply-layer.ts";
import { sampleName } from "./arbitrary.ts";
import type { Entry } from "./entry.ts";
import { expandWildcard, matchPattern } from "./glob.ts";
import { comparePaths } from "./path.ts";
import { impliedDirectory } from "./tree.ts";

test("patterns match as Go's filepath.Match has it", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["abc", "abc", true],
    ["abc", "abcd", false],
    ["*", "abc", true],
    ["*", "", true],
    ["*", ".hidden", true],
    ["*c", "abc", true],
    ["a*", "a", true],
    ["a*b*c*d*e*", "axbxcxdxe", true],
    ["a*b*c*d*e*", "axbxcxdx", false],
    ["a*b?c*x", "abxbbxdbxebxczzx", true],
    ["a*b?c*x", "abxbbxdbxebxczzy", false],
    ["ab[c]", "abc", true],
    ["ab[b-d]", "abc", true],
    ["ab[e-g]", "abc", false],
    ["ab[^c]", "abc", false],
    ["ab[^b-d]", "abc", false],
    ["ab[^e-g]", "abc", true],
    ["a[!b]c", "a!c", true],
    ["a[!b]c", "axc", false],
    ["a\\*b", "a*b", true],
    ["a\\*b", "axb", false],
    ["a?b", "a☺b", true],
    ["a[^a]b", "a☺b", true],
    ["a???b", "a☺b", false],
    ["[a-ζ]*", "α", true],
    ["*[a-ζ]", "A", false],
    ["[\\]a]", "]", true],
    ["[\\-]", "-", true],
    ["[x\\-]", "x", true],
    ["[x\\-]", "-", true],
    ["[x\\-]", "z", false],
    ["[\\-x]", "-", true],
    ["[z-a]", "m", false],
    ["?", "😀", true],
    ["*x", "xxx", true],
    ["[[]a", "[a", true],
  ];
  for (const [pattern, name, expected] of cases)
    assert.equal(matchPattern(pattern, name), expected, `${pattern} ${name}`);
});

test("a malformed pattern is an error, whatever it is matched with", () => {
  for (const pattern of [
    "[]a]",
    "[-]",
    "[x-]",
    "[-x]",
    "[a-b-c]",
    "[",
    "[^",
    "[^bc",
    "a[",
    "\\",
    "a[\\",
    "[a-",
    "[\\",
  ]) {
    assert.throws(
      () => matchPattern(pattern, "something else"),
      { code: "user-dockerfile-semantics" },
      pattern,
    );
  }
});

test("a name matches itself with its special characters escaped", () => {
  fc.assert(
    fc.property(fc.oneof(sampleName, fc.string()), (name) => {
      const pattern = [...name].map((character) => `\\${character}`).join("");
      assert.ok(matchPattern(pattern, name));
      assert.ok(matchPattern(`*${pattern}*`, name));
    }),
  );
});

test("a pattern with many stars does not take for ever", () => {
  assert.equal(matchPattern("*a".repeat(40), "a".repeat(2000).concat("b")), false);
});

test("wildcards find what is in the tree, in order", () => {
  const entries: Entry[] = [
    "a/x.txt",
    "a/y.txt",
    "a/.z.txt",
    "b/x.txt",
    "b/x.md",
    "src/deep/er/f.c",
    "*",
    "top.txt",
  ].map((path) => ({
    ...impliedDirectory(path),
    kind: "file",
  }));
  entries.push({ ...impliedDirectory("link"), kind: "symlink", link: "a" });
  const tree = buildTree([{ entries: entries.sort((one, two) => comparePaths(one.path, two.path)) }]);
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["*", ["*", "a", "b", "link", "src", "top.txt"]],
    ["/*/x.*", ["a/x.txt", "b/x.md", "b/x.txt"]],
    ["a/*", ["a/.z.txt", "a/x.txt", "a/y.txt"]],
    ["link/*.txt", ["a/.z.txt", "a/x.txt", "a/y.txt"]],
    ["l*/*", []],
    ["l*", ["link"]],
    ["./src/../[ab]/y*", ["a/y.txt"]],
    ["src/*/er/?.c", ["src/deep/er/f.c"]],
    ["\\*", ["*"]],
    ["nothing*", []],
    ["nowhere/*", []],
    ["top.txt/*", []],
    ["top.txt", ["top.txt"]],
    ["link", ["link"]],
    ["missing", []],
  ];
  for (const [pattern, expected] of cases) assert.deepEqual(expandWildcard(tree, pattern), expected, pattern);
});

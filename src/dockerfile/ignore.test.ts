import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { errorOf } from "./fixtures.ts";
import { compileIgnore, parseIgnoreFile } from "./ignore.ts";

/** Every case: patterns, then paths; those behind `!` are kept, the others are left out. */
function check(cases: readonly (readonly [patterns: string, paths: string])[]): void {
  for (const [patterns, paths] of cases) {
    const matcher = compileIgnore(parseIgnoreFile(patterns.replaceAll(" ", "\n")));
    for (const path of paths.split(" ")) {
      const kept = path.startsWith("!");
      assert.equal(matcher.matches(kept ? path.slice(1) : path), !kept, `${patterns}: ${path}`);
    }
  }
}

test("comments and empty lines are no patterns, the others are cleaned", () => {
  assert.deepEqual(
    parseIgnoreFile("\uFEFF# a\n\n  \n a \r\n/b\n c/ \n!/d/../e\n./f//g\n! h\n\\#i\n #j\n/\n!\n."),
    ["a", "b", "c", "!e", "f/g", "!h", "\\#i", "#j", "/", "!", "."],
  );
  assert.deepEqual(parseIgnoreFile(""), []);
});

test("a pattern matches from the root, and all below what it matches", () => {
  check([
    ["a", "a a/b a/b/c !b !b/a !ab !A"],
    ["a/b", "a/b a/b/c !a !a/c !b !x/a/b"],
    ["/a", "a a/b !b/a"],
    ["a/", "a a/b"],
    ["./a/../b", "b !a"],
  ]);
});

test("* and ? stay within a component", () => {
  check([
    ["*", "a .a a/b"],
    ["*.md", "x.md .md x.md/y !a/x.md !x.mdx"],
    ["*/x", "a/x a/x/y !x !a/b/x"],
    ["a?c", "abc a☺c !ac !abbc !a/c"],
    ["a*c", "ac abbbc !a/c !abcd"],
    ["a/*/c", "a/b/c !a/c !a/b/b/c"],
  ]);
});

test("** stands for any number of directories", () => {
  check([
    ["**", "a a/b .x"],
    ["**/x", "x a/x a/b/x x/y !xa !a/ax"],
    ["a/**", "a/b a/b/c !a !ab"],
    ["a/**/b", "a/b a/x/b a/x/y/b !a !ab !b"],
    ["**/*.o", "x.o a/x.o a/b/x.o !x.oo"],
    ["**/a/**", "a/b x/a/b !a !x/a"],
    ["a**b", "ab a/b axb/b a/x/b"],
    ["**.log", "x.log a/x.log !x.logs"],
    ["**/**/x", "x a/x a/b/x"],
    ["**/*/*/x", "a/b/x a/b/c/x !a/x !x"],
  ]);
});

test("the last pattern that matches wins", () => {
  check([
    ["* !a", "b !a !a/b"],
    ["!a *", "a b"],
    ["a !a/b", "a a/c !a/b !a/b/c"],
    ["a !a/b a/b/c", "a/b/c !a/b/d"],
    ["*.md !README*.md README-secret.md", "x.md README-secret.md !README.md !README-a.md"],
    ["** !src/**/*.ts", "src src/x.js !src/x.ts !src/a/b/x.ts"],
    ["a/b !a", "a/b a/b/c !a !a/c"],
    ["!a", "!a !b"],
  ]);
});

test("what a pattern takes back above holds below", () => {
  check([
    ["* !dir", "x !dir !dir/a !dir/a/b"],
    ["* !dir dir/x", "dir/x dir/x/y !dir/z"],
    ["a/b a/b/c !a/b", "!a/b !a/b/d"],
  ]);
});

test("classes and escapes are those of Go's filepath.Match", () => {
  check([
    ["[ab]", "a b !c !ab"],
    ["[^ab]", "c !a"],
    ["[a-c]x", "bx !dx"],
    ["[\\]]", "]"],
    ["[\\-]", "-"],
    ["\\*", "* !a"],
    ["a\\b", "ab !a"],
    ["a.b", "a.b !axb"],
    ["a+(b)|{c}$^", "a+(b)|{c}$^ !aab"],
    ["[a-z]*[0-9]", "a1 abc9 !a !1"],
  ]);
  const escaped = compileIgnore(["\\!a"]);
  assert.deepEqual([escaped.matches("!a"), escaped.matches("a")], [true, false]);
});

test("malformed patterns are errors", () => {
  for (const pattern of ["[", "a[", "[]a]", "[a-]", "[-a]", "[z-a]", "[^]", "a\\", "[\\", "!a["])
    assert.match(
      errorOf(() => compileIgnore([pattern])),
      /^nowhere syntax error in pattern: ".+" \| check \.dockerignore/,
      pattern,
    );
  assert.match(
    errorOf(() => compileIgnore(["!"])),
    /^nowhere illegal exclusion pattern: "!"/,
  );
});

test("a directory is pruned when no exception can reach below it", () => {
  const cases: readonly (readonly [readonly string[], string, boolean])[] = [
    [["a"], "a", true],
    [["*", "!a/b"], "a", false],
    [["*", "!a/b"], "b", true],
    [["*", "!a/b/c"], "a/b", false],
    [["*", "!a/b"], "a/b", true],
    [["*", "!*/b"], "x", false],
    [["*", "!x*/b"], "y", true],
    [["*", "!**/b"], "x/y", false],
    [["*", "!a"], "b/c", true],
  ];
  for (const [patterns, directory, prunes] of cases)
    assert.equal(compileIgnore(patterns).canPrune(directory), prunes, `${patterns} ${directory}`);
});

const component = fc.constantFrom(
  ...["a", "b", "c", "ab", "*", "**", "?", "a*", "*b", "[ab]", "[^a]", "\\a", "a**", "**b"],
);
const pattern = fc
  .tuple(fc.constantFrom("", "!"), fc.array(component, { minLength: 1, maxLength: 4 }))
  .map(([negation, parts]) => negation + parts.join("/"));
const path = fc
  .array(fc.constantFrom("a", "b", "c", "ab", "ba"), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join("/"));

test("nothing is kept below a directory that is left out and pruned", () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 6 }), path, path, (patterns, directory, below) => {
      const matcher = compileIgnore(patterns);
      if (!matcher.matches(directory) || !matcher.canPrune(directory)) return;
      assert.equal(matcher.matches(`${directory}/${below}`), true, `${patterns} ${directory} ${below}`);
    }),
    { seed: 7, numRuns: 5000 },
  );
});

test("the order of the questions does not change the answers", () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 6 }), fc.array(path), (patterns, paths) => {
      const shared = compileIgnore(patterns);
      for (const each of paths.toReversed())
        assert.equal(shared.matches(each), compileIgnore(patterns).matches(each), `${patterns} ${each}`);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test("patterns with many stars take no exponential time", () => {
  const long = "a/".repeat(300);
  const start = performance.now();
  for (const text of ["**/a**/a**/b", "**/a/**/a/**/a/**/b", `${"*a".repeat(40)}b`, `${"**/a/".repeat(40)}b`])
    assert.equal(compileIgnore([text]).matches(long.slice(0, -1)), false, text);
  assert.ok(performance.now() - start < 2000);
});

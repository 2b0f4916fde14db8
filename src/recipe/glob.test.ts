import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePathGlob } from "../tree/index.ts";
import { compileGlobs, keptPaths } from "./glob.ts";

/** Pattern, what it matches, what it does not. */
const CASES: readonly (readonly [string, readonly string[], readonly string[]])[] = [
  ["/a/b", ["/a/b"], ["/a", "/a/b/c", "/a/bb", "/x/a/b"]],
  ["/a/*", ["/a/b", "/a/.b"], ["/a", "/a/b/c"]],
  ["/a/**", ["/a", "/a/b", "/a/b/c"], ["/ab", "/b/a"]],
  ["/a/**/z", ["/a/z", "/a/b/z", "/a/b/c/z"], ["/a/z/y", "/z"]],
  ["/usr/lib/**/*.so.*", ["/usr/lib/x/libc.so.6", "/usr/lib/l.so.1"], ["/usr/lib/x/libc.so", "/lib/l.so.1"]],
  ["/a?[b-d]", ["/axb", "/a-d"], ["/ab", "/axe"]],
  ["/**", ["/", "/a", "/a/b"], []],
  ["/a**", ["/ab", "/a"], ["/a/b"]],
];

for (const [pattern, matching, others] of CASES)
  test(`${pattern} matches what it says`, () => {
    for (const tests of [compilePathGlob(pattern), compileGlobs(["/nothing", pattern])]) {
      for (const path of matching) assert.equal(tests(path), true, path);
      for (const path of others) assert.equal(tests(path), false, path);
    }
  });

test("what is included stays although it is excluded", () => {
  const keeps = keptPaths({ exclude: ["/usr/share/doc/**"], include: ["/usr/share/doc/*/copyright"] });
  assert.equal(keeps("/usr/share/doc/libc6/changelog.gz"), false);
  assert.equal(keeps("/usr/share/doc/libc6/copyright"), true);
  assert.equal(keeps("/usr/share/docs"), true);
});

test("no pattern takes long", () => {
  const started = performance.now();
  const pattern = `${"/**/*a*a*a*a*a*a*a*a*a*b".repeat(20)}`;
  assert.equal(compilePathGlob(pattern)(`/${"a".repeat(500)}`.repeat(100)), false);
  assert.ok(performance.now() - started < 2000);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { contextPaths, followsLink } from "./context-paths.ts";

test("the parts of a context that are read are the sources without their wildcards", () => {
  const cases: readonly (readonly [readonly string[] | undefined, readonly string[] | undefined])[] = [
    [undefined, undefined],
    [[], []],
    [
      ["/src/main.c", "/doc/"],
      ["src/main.c", "doc"],
    ],
    [
      ["/src/*.c", "/a/b?/c", "/x/[ab]/y"],
      ["src", "a", "x"],
    ],
    [["/a/e\\*/f"], ["a"]],
    [["/e\\*/f", "/a"], undefined],
    [["/"], undefined],
    [["/a", "/*"], undefined],
    [[""], undefined],
  ];
  for (const [sources, wanted] of cases) assert.deepEqual(contextPaths(sources), wanted, String(sources));
});

test("a link that a source leads through needs all of the context", () => {
  const link = { path: "a/b", kind: "symlink", mode: 0o777, uid: 0, gid: 0, mtime: 0, size: 0 } as const;
  const cases: readonly (readonly [readonly string[], boolean])[] = [
    [["a/b"], true],
    [["x", "a/b/c"], true],
    [["a/bc"], false],
    [["a"], false],
    [[], false],
  ];
  for (const [wanted, follows] of cases) assert.equal(followsLink(link, wanted), follows, String(wanted));
  assert.equal(followsLink({ ...link, kind: "dir" }, ["a/b/c"]), false);
});

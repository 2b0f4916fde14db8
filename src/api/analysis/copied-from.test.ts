import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepCopy } from "../../store/index.ts";
import { contextSources } from "./copied-from.ts";

function copy(source: string, destination: string, wildcard = true): StepCopy {
  return { input: 0, source, destination, wildcard, exclude: [] };
}

test("a file of a build context is told by what the instruction says, or what it can be", () => {
  const cases: readonly (readonly [copies: readonly StepCopy[], path: string, ...sources: string[]])[] = [
    [[copy("/a.txt", "/srv/b.txt")], "srv/b.txt", "a.txt"],
    [[copy("/a.txt", "/srv/")], "srv/a.txt", "a.txt"],
    [[copy("/a.txt", "/srv/"), copy("/b.txt", "/srv/")], "srv/a.txt", "a.txt"],
    [[copy("/src", "/srv")], "srv/deep/b.txt", "src/deep/b.txt"],
    [[copy("/src", "/srv"), copy("/more", "/srv")], "srv/b.txt", "src/b.txt", "more/b.txt"],
    [[copy("/src/app", "/srv/")], "srv/app", "src/app"],
    [[copy("/", "/srv")], "srv/deep/b.txt", "deep/b.txt"],
    [[copy("/", "/")], "deep/b.txt", "deep/b.txt"],
    [[copy("/conf/*.txt", "/srv/"), copy("/src", "/srv/")], "srv/b.txt", "conf/b.txt"],
    [[copy("/conf/*.txt", "/srv/"), copy("/src", "/srv/")], "srv/b.js", "src/b.js"],
    [[copy("/conf/*", "/srv/")], "srv/deep/b.txt", "conf/*"],
    [[copy("/a*.txt", "/srv/b")], "srv/b", "a*.txt"],
    [[copy("/x[1].txt", "/srv/y", false)], "srv/y", "x[1].txt"],
    [[copy("/tool", "/bin/tool")], "usr/bin/tool", "tool"],
    [[{ ...copy("/a.txt", "/b.txt"), unpack: true }], "b.txt", "a.txt"],
    [[{ ...copy("/a.tar.gz", "/srv"), unpack: true }], "srv/b.txt"],
    [[copy("/src", "/srv")], "srvice/a"],
    [[copy("/src", "/srv")], "etc/passwd"],
  ];
  for (const [copies, path, ...sources] of cases)
    assert.deepEqual(contextSources(copies, path), sources, `${copies.map(({ source }) => source)} ${path}`);
});

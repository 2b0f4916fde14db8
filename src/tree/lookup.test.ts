import assert from "node:assert/strict";
import { test } from "node:test";
import { buildTree } from "./apply-layer.ts";
import type { Entry } from "./entry.ts";
import { lookup, resolvePath } from "./lookup.ts";
import { comparePaths } from "./path.ts";
import { impliedDirectory, type Tree } from "./tree.ts";

const links = {
  bin: "usr/bin",
  "usr/bin/sh": "dash",
  "etc/up": "../../../../usr/bin",
  "etc/absolute": "/usr/bin",
  "etc/dangling": "/var/nowhere/at/all",
  "etc/loop": "loop",
  "etc/ping": "pong",
  "etc/pong": "ping",
  "etc/root": "/",
  "etc/dot": ".",
  "etc/file": "../usr/bin/dash",
  current: "releases/2",
  "releases/2": "./1/",
};

const tree: Tree = sample();

function sample(): Tree {
  const entries: Entry[] = Object.entries(links).map(([path, link]) => ({
    ...impliedDirectory(path),
    kind: "symlink",
    link,
  }));
  for (const path of ["usr/bin/dash", "releases/1/app", "var/log"])
    entries.push({ ...impliedDirectory(path), kind: "file" });
  return buildTree([{ entries: entries.sort((a, b) => comparePaths(a.path, b.path)) }]);
}

test("links are resolved inside the tree", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["", ""],
    ["/", ""],
    [".", ""],
    ["usr//bin/./dash", "usr/bin/dash"],
    ["bin/sh", "usr/bin/dash"],
    ["/bin/", "usr/bin"],
    ["etc/up/sh", "usr/bin/dash"],
    ["etc/absolute/dash", "usr/bin/dash"],
    ["../../../../usr", "usr"],
    ["etc/root/etc/root/bin", "usr/bin"],
    ["etc/dot/dot/file", "usr/bin/dash"],
    ["current/app", "releases/1/app"],
    ["bin/../lib", undefined],
    ["bin/../bin", "usr/bin"],
    ["etc/dangling", undefined],
    ["nowhere", undefined],
    ["nowhere/../usr", undefined],
    ["usr/bin/dash/x", undefined],
    ["usr/bin/dash/..", undefined],
    ["__proto__", undefined],
  ];
  for (const [path, expected] of cases) assert.equal(lookup(tree, path)?.path, expected, path);
});

test("a path may start from a directory, which may be a link", () => {
  assert.equal(lookup(tree, "sh", { cwd: "bin" })?.path, "usr/bin/dash");
  assert.equal(lookup(tree, "../bin/dash", { cwd: "/bin" })?.path, "usr/bin/dash");
  assert.equal(lookup(tree, "/var", { cwd: "bin" })?.path, "var");
});

test("the last link can be left as it is", () => {
  const found = lookup(tree, "bin/sh", { followLast: false });
  assert.deepEqual([found?.path, found?.node.entry.link], ["usr/bin/sh", "dash"]);
  assert.equal(lookup(tree, "etc/dangling", { followLast: false })?.node.entry.kind, "symlink");
  assert.equal(lookup(tree, "etc/loop", { followLast: false })?.path, "etc/loop");
});

test("links that go round in a circle are an error, not a hang", () => {
  for (const path of ["etc/loop", "etc/ping", "etc/ping/x"]) {
    assert.throws(() => lookup(tree, path), { code: "user-context", message: /too many symbolic links/ });
    assert.throws(() => resolvePath(tree, path), { code: "user-context" });
  }
});

test("something written lands behind the links that exist", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["/", ""],
    ["bin/new", "usr/bin/new"],
    ["bin/sh", "usr/bin/dash"],
    ["a/b/c", "a/b/c"],
    ["a/b/../c", "a/c"],
    ["etc/dangling", "var/nowhere/at/all"],
    ["etc/dangling/x", "var/nowhere/at/all/x"],
    ["../../x", "x"],
    ["current/new/file", "releases/1/new/file"],
    ["usr/bin/dash/x", "usr/bin/dash/x"],
  ];
  for (const [path, expected] of cases) assert.equal(resolvePath(tree, path), expected, path);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { sha256 } from "../base/index.ts";
import { applyLayer, buildTree } from "./apply-layer.ts";
import { diffTrees } from "./diff-trees.ts";
import type { Entry } from "./entry.ts";
import { comparePaths } from "./path.ts";
import { emptyTree } from "./tree.ts";

const FACTS = { mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0 } as const;

function file(path: string, text: string, more: Partial<Entry> = {}): Entry {
  return { ...FACTS, path, kind: "file", size: text.length, digest: sha256(text), ...more };
}

function dir(path: string, more: Partial<Entry> = {}): Entry {
  return { ...FACTS, path, kind: "dir", mode: 0o755, ...more };
}

function treeOf(...entries: readonly Entry[]) {
  return buildTree([{ entries: entries.toSorted((a, b) => comparePaths(a.path, b.path)) }]);
}

/** `+path`, `-path`, `path: what`. */
function told(before: ReturnType<typeof treeOf>, after: ReturnType<typeof treeOf>): readonly string[] {
  return diffTrees(before, after).map((change) => {
    if (!change.before) return `+${change.path}`;
    return change.after ? `${change.path}: ${change.differs.join(" ")}` : `-${change.path}`;
  });
}

test("what is new, gone and different is told in the order of paths; times are not", () => {
  const cap = { "security.capability": Buffer.of(1) };
  const before = treeOf(
    dir("d"),
    dir("d/gone"),
    file("d/gone/x", "x"),
    file("d/kept", "k", { mtime: 1 }),
    file("mode", "m"),
    file("owner", "o"),
    file("same-size", "a"),
    file("size", "ab"),
    file("kind", "k"),
    file("caps", "c", { xattrs: cap }),
    { ...FACTS, path: "link", kind: "symlink", link: "a" },
    { ...FACTS, path: "node", kind: "char", device: { major: 1, minor: 3 } },
    dir("was-dir"),
    file("was-dir/in", "i"),
  );
  const after = treeOf(
    dir("d", { mtime: 7 }),
    file("d/kept", "k", { mtime: 2 }),
    dir("d/new"),
    file("d/new/y", "y"),
    file("mode", "m", { mode: 0o600 }),
    file("owner", "o", { uid: 5 }),
    file("same-size", "b"),
    file("size", "abc"),
    dir("kind"),
    file("kind/now", "n"),
    file("caps", "c", { xattrs: { "security.capability": Buffer.of(2) } }),
    { ...FACTS, path: "link", kind: "symlink", link: "b" },
    { ...FACTS, path: "node", kind: "char", device: { major: 1, minor: 5 } },
    file("was-dir", "f"),
  );
  assert.deepEqual(told(before, after), [
    "caps: attributes",
    "-d/gone",
    "+d/new",
    "+d/new/y",
    "kind: type",
    "+kind/now",
    "link: link",
    "mode: mode",
    "node: device",
    "owner: owner",
    "same-size: content",
    "size: content",
    "was-dir: type",
  ]);
  assert.deepEqual(told(before, before), []);
  assert.deepEqual(told(emptyTree, treeOf(file("a", "a"))), ["+a"]);
});

test("files of one size are open until somebody has both digests", () => {
  const plain = { ...FACTS, path: "f", kind: "file", size: 1 } as const;
  assert.deepEqual(told(treeOf(plain), treeOf(file("f", "a"))), ["f: "]);
  assert.deepEqual(told(treeOf(plain), treeOf({ ...plain, size: 2 })), ["f: content"]);
  const empty = { ...plain, size: 0 };
  assert.deepEqual(told(treeOf(empty), treeOf(empty)), []);
});

test("what a layer does not touch is not looked at", () => {
  const below = treeOf(dir("a"), { ...FACTS, path: "a/f", kind: "file", size: 1 }, dir("b"));
  const above = applyLayer(below, { entries: [dir("b"), file("b/x", "x")] }, 1);
  assert.deepEqual(told(below, above), ["+b/x"]);
});

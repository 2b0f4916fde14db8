import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyLayer, buildTree } from "./apply-layer.ts";
import { sampleLayer } from "./arbitrary.ts";
import type { Entry } from "./entry.ts";
import type { LayerIndex } from "./layer.ts";
import { lookup } from "./lookup.ts";
import { comparePaths, joinPath, parentPath } from "./path.ts";
import { emptyTree, impliedDirectory, type Tree, type TreeNode } from "./tree.ts";
import { validateIndex } from "./validate.ts";
import { walkTree } from "./walk.ts";

const file = (path: string, size = 1): Entry => ({
  ...impliedDirectory(path),
  kind: "file",
  mode: 0o644,
  size,
});
const dir = (path: string, mode = 0o700): Entry => ({ ...impliedDirectory(path), mode });
const other = (path: string, kind: Entry["kind"], link?: string): Entry => ({
  ...impliedDirectory(path),
  kind,
  ...(link !== undefined && { link }),
});

function layer(...entries: readonly Entry[]): LayerIndex {
  const index = { entries: [...entries].sort((a, b) => comparePaths(a.path, b.path)) };
  validateIndex(index);
  return index;
}

function paths(tree: Tree): readonly string[] {
  return [...walkTree(tree)].map(({ entry }) => entry.path);
}

/** Everything that a tree says, without the maps, with inodes as lists of names. */
function facts(nodes: Iterable<TreeNode>): unknown {
  const list = [...nodes];
  return list.map(({ entry, layer: number, inode }) => ({
    entry,
    number,
    names:
      inode === undefined ? [] : list.filter((node) => node.inode === inode).map((node) => node.entry.path),
  }));
}

/** The reference: a flat map from path to node, changed entry by entry, in two passes for each layer. */
function model(indexes: readonly LayerIndex[]): readonly TreeNode[] {
  const nodes = new Map<string, TreeNode>([["", emptyTree.root]]);
  const removeBelow = (path: string) => {
    for (const known of [...nodes.keys()]) {
      if (path === "" ? known !== "" : known.startsWith(`${path}/`)) nodes.delete(known);
    }
  };
  for (const [number, { entries }] of indexes.entries()) {
    for (const { path, kind } of entries) {
      if (kind === "whiteout" || kind === "opaque") removeBelow(kind === "opaque" ? parentPath(path) : path);
      if (kind === "whiteout") nodes.delete(path);
    }
    for (const entry of entries) {
      const ancestors = entry.path.split("/").map((_, at, all) => all.slice(0, at).join("/"));
      for (const ancestor of ancestors) {
        if (nodes.get(ancestor)?.entry.kind !== "dir")
          nodes.set(ancestor, { entry: impliedDirectory(ancestor), layer: number });
      }
      if (entry.kind === "whiteout" || entry.kind === "opaque") continue;
      if (entry.kind !== "dir") removeBelow(entry.path);
      const target = entries.find(
        ({ path }) => path === (entry.kind === "hardlink" ? entry.link : entry.path),
      ) as Entry;
      const linked = entries.some(({ kind, link }) => kind === "hardlink" && link === target.path);
      const inode = linked ? { inode: `${number} ${target.path}` } : {};
      nodes.set(entry.path, { entry: { ...target, path: entry.path }, layer: number, ...inode });
    }
  }
  return [...nodes.values()].sort((a, b) => comparePaths(a.entry.path, b.entry.path));
}

test("layers one by one give what the reference model gives", () => {
  fc.assert(
    fc.property(fc.array(sampleLayer(), { minLength: 1, maxLength: 4 }), (layers) => {
      const indexes = layers.map(({ index }) => index);
      indexes.forEach(validateIndex);
      assert.deepEqual(facts(walkTree(buildTree(indexes))), facts(model(indexes)));
    }),
    { numRuns: 500 },
  );
});

test("children are in order, under their own names, and only directories have any", () => {
  fc.assert(
    fc.property(fc.array(sampleLayer(), { maxLength: 4 }), (layers) => {
      for (const node of walkTree(buildTree(layers.map(({ index }) => index)))) {
        assert.equal(node.children !== undefined, node.entry.kind === "dir");
        const names = [...(node.children ?? new Map<string, TreeNode>()).keys()];
        assert.deepEqual(names, [...names].sort(comparePaths));
        for (const [name, child] of node.children ?? [])
          assert.equal(child.entry.path, joinPath(node.entry.path, name));
      }
    }),
  );
});

test("an earlier tree is not changed by what is applied to it", () => {
  fc.assert(
    fc.property(sampleLayer(), sampleLayer(), (lower, upper) => {
      const tree = applyLayer(emptyTree, lower.index, 0);
      const before = facts(walkTree(tree));
      applyLayer(tree, upper.index, 1);
      assert.deepEqual(facts(walkTree(tree)), before);
    }),
  );
  assert.deepEqual(paths(emptyTree), [""]);
});

test("directories that a layer does not touch are shared", () => {
  const lower = applyLayer(emptyTree, layer(file("a/b/c"), file("d/e")), 0);
  const upper = applyLayer(lower, layer(file("d/f")), 1);
  assert.equal(lookup(upper, "a")?.node, lookup(lower, "a")?.node);
  assert.equal(lookup(upper, "d/e")?.node, lookup(lower, "d/e")?.node);
  assert.equal(applyLayer(lower, { entries: [] }, 1), lower);
});

test("a whiteout hides what is below and not what its own layer adds", () => {
  const tree = buildTree([
    layer(file("a/x"), file("a/y"), file("b/x")),
    layer(other("a", "whiteout"), file("b/new")),
  ]);
  assert.deepEqual(paths(tree), ["", "b", "b/new", "b/x"]);
  assert.deepEqual(paths(buildTree([layer(file("a/x")), layer(other("nowhere", "whiteout"))])), [
    "",
    "a",
    "a/x",
  ]);
});

test("an opaque directory has only what its layer adds, wherever the mark stands among them", () => {
  const opaque = layer(dir("a"), other("a/.wh..wh..opq", "opaque"), file("a/-first"), file("a/z"));
  const tree = buildTree([layer(file("a/-first", 5), file("a/old"), file("a/sub/old")), opaque]);
  assert.deepEqual(paths(tree), ["", "a", "a/-first", "a/z"]);
  assert.equal(lookup(tree, "a")?.node.entry.mode, 0o700);
  const root = buildTree([layer(file("a"), file("b")), layer(other(".wh..wh..opq", "opaque"), file("c"))]);
  assert.deepEqual(paths(root), ["", "c"]);
});

test("a directory keeps what is in it when a layer describes it anew, and loses it to anything else", () => {
  const lower = layer(dir("a", 0o755), file("a/x"));
  const described = buildTree([lower, layer(dir("a", 0o711))]);
  assert.deepEqual(paths(described), ["", "a", "a/x"]);
  assert.deepEqual([lookup(described, "a")?.node.entry.mode, lookup(described, "a")?.node.layer], [0o711, 1]);
  assert.deepEqual(paths(buildTree([lower, layer(file("a"))])), ["", "a"]);
  assert.deepEqual(paths(buildTree([lower, layer(file("a")), layer(dir("a"))])), ["", "a"]);
  assert.deepEqual(paths(buildTree([layer(other("a", "symlink", "b")), layer(file("a/x"))])), [
    "",
    "a",
    "a/x",
  ]);
});

test("missing parents are implied: root's, 0755, those of a whiteout too", () => {
  const node = lookup(buildTree([layer(file("a/b/c"))]), "a/b")?.node;
  assert.deepEqual(node?.entry, impliedDirectory("a/b"));
  assert.deepEqual(paths(buildTree([layer(other("a/b", "whiteout"))])), ["", "a"]);
});

test("names of one file stay when another of them is removed", () => {
  const lower = layer(file("a", 7), other("b", "hardlink", "a"), other("c/d", "hardlink", "a"));
  const tree = buildTree([lower, layer(other("a", "whiteout"))]);
  const [b, d] = [lookup(tree, "b")?.node, lookup(tree, "c/d")?.node];
  assert.deepEqual(b?.entry, { ...file("a", 7), path: "b" });
  assert.deepEqual(d?.entry, { ...file("a", 7), path: "c/d" });
  assert.ok(b?.inode !== undefined && b.inode === d?.inode);
});

test("files of the same first name in different layers are different files", () => {
  const one = layer(file("a"), other("b", "hardlink", "a"));
  const two = layer(file("a"), other("c", "hardlink", "a"));
  const tree = buildTree([one, two]);
  const inodes = ["a", "b", "c"].map((path) => lookup(tree, path)?.node.inode);
  assert.equal(inodes[0], inodes[2]);
  assert.notEqual(inodes[0], inodes[1]);
});

test("an index that contradicts itself is damage", () => {
  const cases = [
    [other("a", "hardlink", "nowhere")],
    [dir("a"), other("b", "hardlink", "a")],
    [file("a"), file("a/b")],
    [file("b"), file("a")],
    [file("a"), file("a")],
    [file("")],
    [file("a/b"), file("c"), file("a/d")],
  ];
  for (const entries of cases) assert.throws(() => buildTree([{ entries }]), { code: "integrity-store" });
});

test("the deepest path that Linux allows is no problem", () => {
  const path = Array.from({ length: 2048 }, () => "d").join("/");
  const tree = buildTree([layer(file(path)), layer(file(`${path}-`))]);
  assert.equal(paths(tree).length, 2050);
  assert.equal(lookup(tree, path)?.path, path);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyLayer, buildTree, buildUpperTree } from "./apply-layer.ts";
import { sampleLayer } from "./arbitrary.ts";
import { relativePath, selectPath } from "./content-digest.ts";
import type { Entry } from "./entry.ts";
import type { LayerIndex } from "./layer.ts";
import { lookup } from "./lookup.ts";
import { impliedDirectory, type Tree } from "./tree.ts";
import { NotYetKnown } from "./unknown.ts";
import { walkTree } from "./walk.ts";
import { opaquePath } from "./whiteout.ts";

const lack = { name: new NotYetKnown(), list: new NotYetKnown() };
const other = (path: string, kind: Entry["kind"], link?: string): Entry => ({
  ...impliedDirectory(path),
  kind,
  ...(link !== undefined && { link }),
});
const layer = (...entries: readonly Entry[]): LayerIndex => ({ entries });

/** What a tree says of a path, or that it can not; everything is looked at, so that nothing is left to be asked. */
function told(tree: Tree, path: string): unknown {
  try {
    const at = lookup(tree, path, { followLast: false });
    const selected = selectPath(tree, { path });
    return {
      at: at && { path: at.path, entry: { ...at.node.entry }, number: at.node.layer },
      nodes: selected.nodes.map((node) => ({
        path: relativePath(selected, node),
        entry: { ...node.entry },
        layer: node.layer,
      })),
    };
  } catch (error) {
    if (error === lack.name || error === lack.list) return "unknown";
    return String(error);
  }
}

test("what upper layers tell is what all layers tell, and all of them tell everything", () => {
  let [known, unknown] = [0, 0];
  fc.assert(
    fc.property(fc.array(sampleLayer({ size: 12 }), { minLength: 1, maxLength: 4 }), (layers) => {
      const indexes = layers.map(({ index }) => index);
      const whole = buildTree(indexes);
      const paths = new Set(indexes.flatMap(({ entries }) => entries.map(({ path }) => path)));
      for (const node of walkTree(whole)) paths.add(node.entry.path);
      for (let first = 1; first <= indexes.length; first++) {
        const upper = buildUpperTree(indexes.slice(first), { first, lack });
        for (const path of paths) {
          const answer = told(upper, path);
          if (answer === "unknown") unknown++;
          else {
            known++;
            assert.deepEqual(answer, told(whole, path));
          }
        }
      }
    }),
  );
  assert.ok(known > 100 && unknown > 100, `${known} known, ${unknown} not`);
});

test("a file of the topmost layer that has it is known, a directory only when it hides what is below", () => {
  const upper = buildUpperTree(
    [
      layer(other("app", "dir"), other("app/main", "file"), other("gone", "whiteout")),
      layer(other("bin", "symlink", "app"), other("new", "dir"), other(opaquePath("new"), "opaque")),
    ],
    { first: 3, lack },
  );
  for (const path of ["app/main", "bin/main", "new"]) assert.notEqual(told(upper, path), "unknown", path);
  for (const path of ["", "app", "app/other", "usr", "bin/x"])
    assert.equal(told(upper, path), "unknown", path);
  assert.deepEqual(told(upper, "gone"), { at: undefined, nodes: [] });
  assert.deepEqual(told(upper, "new/x"), { at: undefined, nodes: [] });
  assert.equal(lookup(upper, "app/main")?.node.layer, 3);
  assert.throws(
    () => selectPath(upper, { path: "app" }),
    (error) => error === lack.list,
  );
  const draft = applyLayer(upper, layer(other("app", "dir"), other("app/more", "file")), 5);
  assert.equal(lookup(draft, "app/more")?.node.layer, 5);
  assert.throws(
    () => lookup(draft, "app/nothing"),
    (error) => error === lack.name,
  );
});

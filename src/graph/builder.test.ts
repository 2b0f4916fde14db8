import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, createGraphBuilder, mergeGraphs } from "./builder.ts";
import type { SourceOp } from "./ops.ts";

const SOURCE: SourceOp = { type: "source", identifier: "local://context" };

function op(name: string): SourceOp {
  return { type: "source", identifier: `docker-image://${name}` };
}

test("the same operation on the same inputs is the same vertex, as it was named first", () => {
  const builder = createGraphBuilder();
  const source = builder.add(SOURCE, [], { name: "first" });
  assert.equal(
    builder.add({ identifier: SOURCE.identifier, type: "source" }, [], { name: "second" }),
    source,
  );
  assert.notEqual(builder.add(op("a"), [], { name: "a" }), builder.add(op("a"), [source], { name: "a" }));
  assert.deepEqual(builder.graph(source), {
    vertices: [{ digest: source, op: SOURCE, inputs: [], name: "first" }],
    results: [source],
  });
});

test("the digest is the same on every machine", () => {
  const digest = createGraphBuilder().add(SOURCE, [], { name: "x", ignoreCache: true });
  assert.equal(digest, "sha256:afa97112c778df13cb2066eac2fe56267711489503d022c15b2ee098a9071d7a");
});

test("the order of inputs counts", () => {
  const builder = createGraphBuilder();
  const [a, b] = ["a", "b"].map((name) => builder.add(op(name), [], { name })) as [never, never];
  assert.notEqual(
    builder.add({ type: "merge" }, [a, b], { name: "" }),
    builder.add({ type: "merge" }, [b, a], { name: "" }),
  );
});

test("a graph holds what its result needs, inputs first", () => {
  const builder = createGraphBuilder();
  const base = builder.add(SOURCE, [], { name: "base" });
  const unused = builder.add(op("unused"), [base], { name: "unused" });
  const left = builder.add(op("left"), [base], { name: "left" });
  const right = builder.add(op("right"), [base], { name: "right" });
  const merged = builder.add({ type: "merge" }, [right, left], { name: "merged" });
  const names = (result: typeof base) => builder.graph(result).vertices.map(({ name }) => name);
  assert.deepEqual(names(merged), ["base", "left", "right", "merged"]);
  assert.deepEqual(names(unused), ["base", "unused"]);
  assert.deepEqual(builder.graph(undefined), { vertices: [], results: [] });
});

test("graphs that share vertices are one graph, which has each of them once", () => {
  const graphs = ["one", "two"].map((name) => {
    const builder = createGraphBuilder();
    const base = builder.add(SOURCE, [], { name: `base of ${name}` });
    return builder.graph(builder.add(op(name), [base], { name }));
  });
  const merged = mergeGraphs([...graphs, ...graphs, builderOfNothing()]);
  assert.deepEqual(
    merged.vertices.map(({ name }) => name),
    ["base of one", "one", "two"],
  );
  assert.deepEqual(
    merged.results,
    graphs.flatMap(({ results }) => results),
  );
});

function builderOfNothing() {
  return createGraphBuilder().graph(undefined);
}

test("a chain of many steps is no chain of calls", () => {
  const builder = createGraphBuilder();
  let last = builder.add(SOURCE, [], { name: "" });
  for (let at = 0; at < 20_000; at++) last = builder.add(op(String(at)), [last], { name: "" });
  assert.equal(builder.graph(last).vertices.length, 20_001);
});

/** The same value with the keys of its objects in another order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, turned(inner)]),
  );
}

test("canonical JSON does not depend on the order of keys, and says the same", () => {
  assert.equal(canonicalJson({ b: [1, { d: null, c: undefined }], a: "x" }), '{"a":"x","b":[1,{"d":null}]}');
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.equal(canonicalJson(turned(value)), canonicalJson(value));
      assert.equal(JSON.stringify(JSON.parse(canonicalJson(value))), canonicalJson(value));
    }),
  );
});

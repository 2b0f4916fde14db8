import assert from "node:assert/strict";
import { test } from "node:test";
import { compareImages } from "./compare.ts";
import { changedBytes } from "./compare-groups.ts";
import { imageOf, program } from "./fixtures.ts";

function npm(name: string, version: string): string {
  return JSON.stringify({ name, version });
}

const LONG = "x".repeat(1000);

const full = () =>
  imageOf(
    [
      {
        "app/main": program(),
        "bin/sh": program(),
        "app/node_modules/a/package.json": npm("a", "1.0.0"),
        "app/node_modules/a/a.js": LONG,
        "app/node_modules/b/package.json": npm("b", "1.0.0"),
        "usr/share/doc/text/long": LONG,
        "srv/same": "same",
      },
      { "usr/share/doc/text/long": LONG.slice(1) },
    ],
    { name: "full" },
  );
const small = () =>
  imageOf(
    [
      {
        "app/main": program(),
        "app/node_modules/b/package.json": npm("b", "2.0.0"),
        "app/node_modules/c/package.json": npm("c", "1.0.0"),
        "srv/same": "same",
      },
    ],
    { name: "small", User: "1000" },
  );

test("every metric has a value for each image, and how many times the first has it", async () => {
  const { images, metrics } = compareImages([await full(), await small()]);
  assert.deepEqual(
    images.map(({ name }) => name),
    ["full", "small"],
  );
  const row = (id: string) => metrics.find((metric) => metric.id === id);
  assert.deepEqual(row("layers"), {
    id: "layers",
    title: "layers",
    unit: "count",
    values: [2, 1],
    estimated: [false, false],
    ratios: [2],
  });
  assert.deepEqual(row("shells")?.values, [1, 0]);
  assert.deepEqual(row("shells")?.ratios, [null]);
  assert.deepEqual(row("root")?.values, [1, 0]);
  assert.deepEqual(row("hidden")?.values, [1000, 0]);
  assert.deepEqual(row("compressed")?.estimated, [true, true]);
  const [large = 0, little = 0] = row("size")?.values ?? [];
  assert.deepEqual(row("size")?.ratios, [large / little]);
});

test("what is gone, new and changed is told by package and folder, the most bytes first", async () => {
  const [changes] = compareImages([await full(), await small()]).changes;
  assert.ok(changes);
  const told = (groups: typeof changes.gone) => groups.map((group) => [group.name, changedBytes(group)]);
  assert.deepEqual(told(changes.gone), [
    ["a", -1000 - npm("a", "1.0.0").length],
    ["/usr/share", -999],
    ["/bin", -11],
  ]);
  assert.deepEqual(told(changes.came), [["c", npm("c", "1.0.0").length]]);
  assert.deepEqual(told(changes.changed), [["b", 0]]);
  assert.deepEqual(changes.changed[0]?.before?.version, "1.0.0");
  assert.deepEqual(changes.changed[0]?.after?.version, "2.0.0");
  const sizes = compareImages([await full(), await small()]).metrics.find(({ id }) => id === "size")?.values;
  const all = [...changes.gone, ...changes.came, ...changes.changed].reduce(
    (sum, one) => sum + changedBytes(one),
    0,
  );
  assert.equal(all - 1000, (sizes?.[1] ?? 0) - (sizes?.[0] ?? 0));
});

test("an image is no different from itself", async () => {
  const { changes } = compareImages([await full(), await full(), await small()]);
  const [same, other] = changes;
  assert.deepEqual([same?.gone, same?.came, same?.changed], [[], [], []]);
  assert.ok((other?.gone.length ?? 0) > 0);
});

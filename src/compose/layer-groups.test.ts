import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { resolved } from "./fixtures.ts";
import { dependenciesFirst, layerGroups } from "./layer-groups.ts";

function names(groups: ReturnType<typeof layerGroups>): readonly string[] {
  return groups.map((group) => group.map(({ name }) => name).join(" "));
}

test("packages are grouped by their source package, each alone, or all together", () => {
  const packages = [
    resolved("libc6", { source: "glibc" }),
    resolved("zlib1g", { source: "zlib" }),
    resolved("libc-bin", { source: "glibc" }),
  ];
  assert.deepEqual(names(layerGroups(packages, "origin")), ["libc6 libc-bin", "zlib1g"]);
  assert.deepEqual(names(layerGroups(packages, "package")), ["libc6", "zlib1g", "libc-bin"]);
  assert.deepEqual(names(layerGroups(packages, "single")), ["libc6 zlib1g libc-bin"]);
  for (const grouping of ["origin", "package", "single"] as const)
    assert.deepEqual(layerGroups([], grouping), [], "no packages, no layer");
});

test("beyond the limit the smallest share a layer", () => {
  const packages = Array.from({ length: 100 }, (_, at) => resolved(`p${at}`, { installedSize: at }));
  const groups = layerGroups(packages, "package");
  assert.equal(groups.length, 60);
  assert.equal(groups.at(-1)?.length, 41);
  assert.deepEqual(new Set(groups.flat()), new Set(packages));
  assert.ok(Math.max(...(groups.at(-1) ?? []).map(({ installedSize }) => installedSize)) === 40);
});

test("what others depend on comes first, by name where nothing decides, in whatever order packages and names come", () => {
  const packages = [
    resolved("app", { depends: ["lib", "gone", "base"] }),
    resolved("base"),
    resolved("lib", { depends: ["base"] }),
    resolved("alone"),
  ];
  assert.deepEqual(
    dependenciesFirst(packages).map(({ name }) => name),
    ["alone", "base", "lib", "app"],
  );
  const mixed = fc.shuffledSubarray(packages, { minLength: 4 });
  fc.assert(
    fc.property(mixed, fc.boolean(), (order, turned) => {
      const turnedOnes = order.map((one) => (turned ? { ...one, depends: one.depends.toReversed() } : one));
      assert.deepEqual(
        dependenciesFirst(turnedOnes).map(({ name }) => name),
        ["alone", "base", "lib", "app"],
      );
    }),
  );
});

test("a circle is entered where the first of its names is, and every package is there once", () => {
  const circle = [
    resolved("c", { depends: ["b"] }),
    resolved("b", { depends: ["a"] }),
    resolved("a", { depends: ["c"] }),
  ];
  assert.deepEqual(
    dependenciesFirst(circle).map(({ name }) => name),
    ["b", "c", "a"],
  );
});

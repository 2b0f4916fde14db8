import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { added, entriesOf, type GrowingMap, growingMap } from "./growing-map.ts";

test("every version is what copying would have made of it, in any order of adding and reading", () => {
  const step = fc.record({
    from: fc.nat(),
    read: fc.nat(),
    key: fc.constantFrom("a", "b", "c", "d"),
    value: fc.option(fc.nat(9), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const versions: GrowingMap<number | undefined>[] = [growingMap([["b", 0]])];
      const copies = [new Map<string, number | undefined>([["b", 0]])];
      for (const { from, read, key, value } of steps) {
        const parent = from % versions.length;
        versions.push(added(versions[parent] as GrowingMap<number | undefined>, key, value));
        copies.push(new Map(copies[parent]).set(key, value));
        const one = read % versions.length;
        assert.deepEqual([...entriesOf(at(versions, one))], [...at(copies, one)]);
      }
      for (const [index, version] of versions.entries())
        assert.deepEqual([...entriesOf(version)], [...at(copies, index)]);
    }),
  );
});

test("a long way back to an old version overflows no stack", () => {
  const first = growingMap<number>();
  let map = first;
  for (let index = 0; index < 200_000; index++) map = added(map, String(index), index);
  assert.equal(entriesOf(first).size, 0);
  assert.equal(entriesOf(map).size, 200_000);
});

function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}

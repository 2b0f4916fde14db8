import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { accepts, formatRelation, parseRelations } from "./relation.ts";

test("a dependency field is clauses of alternatives with versions", () => {
  const field =
    "libc6:any (>= 2.36) [amd64] <!nocheck>, a|b (<<1:2~) | c ( = 3 ),\n default-mta , x (> 1), y (< 1),";
  assert.deepEqual(parseRelations(field), [
    [{ name: "libc6", qualifier: "any", operator: ">=", version: "2.36" }],
    [
      { name: "a" },
      { name: "b", operator: "<<", version: "1:2~" },
      { name: "c", operator: "=", version: "3" },
    ],
    [{ name: "default-mta" }],
    [{ name: "x", operator: ">=", version: "1" }],
    [{ name: "y", operator: "<=", version: "1" }],
  ]);
  assert.deepEqual(parseRelations(undefined), []);
  assert.deepEqual(parseRelations(" , "), []);
});

test("a relation reads back what it was written as", () => {
  const name = fc.constantFrom("a", "lib++", "g-1.0", "0ad");
  const relation = fc.oneof(
    fc.record({ name }),
    fc.record({
      name,
      operator: fc.constantFrom("<<", "<=", "=", ">=", ">>"),
      version: fc.constantFrom("1", "1:2-3", "1~a+b"),
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(relation, { minLength: 1 })), (clauses) => {
      const text = clauses.map((clause) => clause.map(formatRelation).join(" | ")).join(", ");
      assert.deepEqual(
        parseRelations(text),
        clauses.map((clause) => clause.map((one) => ({ ...one }))),
      );
    }),
  );
});

test("a relation without a version accepts every one", () => {
  assert.equal(accepts({ name: "a" }, "0~~"), true);
  assert.equal(accepts({ name: "a", operator: "<<", version: "1" }, "1~"), true);
  assert.equal(accepts({ name: "a", operator: "<<", version: "1" }, "1"), false);
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseChallenges } from "./challenge.ts";

const plain = (header: string | readonly string[] | undefined) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

test("challenges are read as they are written", () => {
  const realm = "https://auth.test/token";
  const scope = "repository:a/b:pull,push";
  assert.deepEqual(plain(`Bearer realm="${realm}",service="s",scope="${scope}"`), [
    ["bearer", { realm, service: "s", scope }],
  ]);
  assert.deepEqual(plain('BASIC realm="a \\"b\\", c"'), [["basic", { realm: 'a "b", c' }]]);
  assert.deepEqual(plain(`Basic realm=x, Bearer Realm = "${realm}" , error=invalid_token`), [
    ["basic", { realm: "x" }],
    ["bearer", { realm, error: "invalid_token" }],
  ]);
  assert.deepEqual(plain(["Negotiate", 'Basic realm="x"']), [
    ["negotiate", {}],
    ["basic", { realm: "x" }],
  ]);
  assert.deepEqual(plain(undefined), []);
  assert.deepEqual(plain('Bearer __proto__="x"')[0]?.[0], "bearer");
});

test("anything at all is read without an error, and soon", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) =>
      Array.isArray(parseChallenges(text)),
    ),
  );
  const started = Date.now();
  for (const text of [
    'Bearer a="'.repeat(1600),
    " ,".repeat(8000),
    `Bearer a="${"\\".repeat(16_000)}`,
    "=".repeat(16_000),
  ])
    parseChallenges(text);
  assert.ok(Date.now() - started < 1000);
});

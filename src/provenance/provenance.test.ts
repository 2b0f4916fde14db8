import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Digest } from "../base/index.ts";
import { readProvenance } from "./read-provenance.ts";
import { readStatement, writeStatement } from "./statement.ts";
import type { ImageProvenance } from "./types.ts";

const SUBJECT: Digest = `sha256:${"a".repeat(64)}`;
const PROVENANCE: ImageProvenance = {
  layers: [
    { instruction: "FROM", recipe: { name: "tare/static", system: "debian-12", packages: ["tzdata"] } },
    null,
    { instruction: "COPY", dockerfile: "Dockerfile", stage: "app", lines: [3, 4], from: "build" },
    { instruction: "RUN", dockerfile: "Dockerfile", stage: "0", lines: [9, 9], image: "example.org/base:1" },
  ],
};
const FACTS = {
  subject: SUBJECT,
  name: "app:1",
  provenance: PROVENANCE,
  tool: { name: "tare", version: "1.0.0" },
  created: "2024-01-01T00:00:00.000Z",
  parameters: { platform: "linux/amd64" },
};

test("a statement says what it was told, to whoever has the same image", () => {
  const bytes = writeStatement(FACTS);
  assert.deepEqual(readStatement(bytes, { subject: SUBJECT, layers: 4 }), PROVENANCE);
  assert.equal(readStatement(bytes, { subject: SUBJECT, layers: 3 }), undefined);
  assert.equal(readStatement(bytes, { subject: `sha256:${"b".repeat(64)}`, layers: 4 }), undefined);
  const { predicate, ...rest } = JSON.parse(Buffer.from(bytes).toString("utf8"));
  assert.deepEqual(rest, {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "app:1", digest: { sha256: "a".repeat(64) } }],
    predicateType: "https://slsa.dev/provenance/v1",
  });
  assert.deepEqual(predicate.buildDefinition.resolvedDependencies, [
    { uri: "docker-image://example.org/base:1" },
    { uri: "recipe://tare/static" },
  ]);
  assert.equal(predicate.runDetails.metadata.finishedOn, "2024-01-01T00:00:00.000Z");
});

test("its length does not depend on the image's digest", () => {
  const other = writeStatement({ ...FACTS, subject: `sha256:${"0".repeat(64)}` });
  assert.equal(other.length, writeStatement(FACTS).length);
});

test("facts that can not be are left out, and so is what a screen would obey", () => {
  const layers = [
    { instruction: "run" },
    { instruction: "RUN", lines: [1, "2"], stage: "\u001b[31mred", from: 7, recipe: { name: "x" } },
    "RUN",
  ];
  assert.deepEqual(readProvenance({ layers }, 3), { layers: [null, { instruction: "RUN" }, null] });
});

test("whatever somebody sends is read, or is nothing", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(3), (json, layers) => {
      readStatement(Buffer.from(json), { subject: SUBJECT, layers });
      readProvenance(JSON.parse(json), layers);
    }),
    { numRuns: 300 },
  );
  const whole = writeStatement(FACTS);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const damaged = Uint8Array.from(whole);
      damaged[at] = value;
      const found = readStatement(damaged, { subject: SUBJECT, layers: 4 });
      assert.ok(found === undefined || found.layers.length === 4);
    }),
    { numRuns: 500 },
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Digest } from "../base/index.ts";
import { readBuildKit } from "./buildkit.ts";
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

const LAYERS = ["1", "2", "3", "4"].map((digit): Digest => `sha256:${digit.repeat(64)}`);

/** A statement as BuildKit writes it: a base of two layers, a line, and a step that added nothing. */
function buildKit(more: object = {}): Uint8Array {
  const lists = (count: number) => [LAYERS.slice(0, count).map((digest) => ({ digest }))];
  const at = (line: number) => ({ locations: [{ ranges: [{ start: { line }, end: { line: line + 1 } }] }] });
  const source = { identifier: `docker-image://docker.io/library/golang:1@sha256:${"c".repeat(64)}` };
  return Buffer.from(
    JSON.stringify({
      subject: [{ digest: { sha256: "a".repeat(64) } }],
      predicateType: "https://slsa.dev/provenance/v0.2",
      predicate: {
        buildConfig: {
          llbDefinition: [
            { id: "step0", op: { Op: { source } } },
            { id: "step1", op: { Op: { exec: {} } } },
            { id: "step2", op: { Op: { exec: {} } } },
          ],
        },
        metadata: {
          "https://mobyproject.org/buildkit@v1#metadata": {
            source: {
              locations: { step0: {}, step1: at(3), step2: at(5) },
              infos: [{ filename: "Dockerfile", data: Buffer.from("FROM golang\n").toString("base64") }],
            },
            layers: { "step2:0": lists(3), "step0:0": lists(2), "step1:0": lists(3) },
          },
        },
      },
      ...more,
    }),
  );
}

test("BuildKit's steps are found by the layers that they came to", () => {
  const about = { subject: SUBJECT, layers: LAYERS };
  assert.deepEqual(readBuildKit(buildKit(), about), {
    dockerfiles: [{ file: "Dockerfile", source: "FROM golang\n" }],
    layers: [
      { image: "docker.io/library/golang:1" },
      { image: "docker.io/library/golang:1" },
      { dockerfile: 0, lines: [3, 4] },
      null,
    ],
  });
  const others = [LAYERS[1], LAYERS[0]] as Digest[];
  assert.equal(readBuildKit(buildKit(), { subject: SUBJECT, layers: others }), undefined);
  assert.equal(readBuildKit(buildKit(), { ...about, subject: `sha256:${"b".repeat(64)}` }), undefined);
  assert.equal(readBuildKit(buildKit({ predicateType: "https://spdx.dev/Document" }), about), undefined);
  assert.equal(readBuildKit(writeStatement(FACTS), about), undefined);
});

test("whatever somebody sends is read, or is nothing", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(3), (json, layers) => {
      readStatement(Buffer.from(json), { subject: SUBJECT, layers });
      readProvenance(JSON.parse(json), layers);
      const about = { subject: SUBJECT, layers: LAYERS };
      const subject = [{ digest: { sha256: "a".repeat(64) } }];
      const predicateType = "https://slsa.dev/provenance/v1";
      const predicate = JSON.parse(json);
      readBuildKit(Buffer.from(JSON.stringify({ subject, predicateType, predicate })), about);
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
  const sample = buildKit();
  fc.assert(
    fc.property(fc.nat(sample.length - 1), fc.nat(255), (at, value) => {
      const damaged = Uint8Array.from(sample);
      damaged[at] = value;
      const found = readBuildKit(damaged, { subject: SUBJECT, layers: LAYERS });
      assert.ok(found === undefined || found.layers.length === 4);
    }),
    { numRuns: 500 },
  );
});

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { hexOf } from "../base/index.ts";
import type { BuildRecord } from "./build-records.ts";
import { imageOf, keyOf, tarLayer, workspace } from "./fixtures.ts";

const COPY = { input: 0, source: "/a", wildcard: true, destination: "/b", exclude: [] } as const;
const RECORD: BuildRecord = {
  version: 1,
  startedAt: 1,
  took: 2,
  stages: [
    { name: "build", base: "scratch", size: 3, leftBehind: 2, uses: [] },
    { name: "1", base: "scratch", uses: [{ stage: 0, how: "copy", size: 1 }] },
  ],
  steps: [
    { name: "a", stage: 0, inputs: [], outcome: "cached", took: 5 },
    {
      name: "b",
      stage: 1,
      inputs: [0],
      outcome: "done",
      startedAt: 0,
      took: 2,
      size: 1,
      reason: "new",
      critical: true,
      lines: [3, 4],
      added: ["layer"],
      result: ["base", "layer"],
      copies: [COPY],
    },
  ],
};

test("the record of a build goes with its image, and with prune when its image is gone", async () => {
  using work = await workspace();
  const { builds, images } = work.store;
  const [one, two] = [
    await imageOf(work.store, [await tarLayer(work.store, { a: "1" })], "one"),
    await imageOf(work.store, [await tarLayer(work.store, { a: "2" })], "two"),
  ];
  for (const id of [one.id, two.id, keyOf("none")]) await builds.put(id, RECORD);
  assert.deepEqual(await (await work.reopen()).builds.get(one.id), RECORD);
  await images.remove(one.id);
  assert.equal(await builds.get(one.id), undefined);
  await work.store.prune({ all: true, dryRun: true });
  assert.equal((await builds.list()).length, 2);
  await work.store.prune({ all: true, dryRun: false });
  assert.deepEqual(await builds.list(), [two.id]);
});

test("a record that is damaged or leads nowhere reads as absent", async () => {
  using work = await workspace();
  const { builds } = work.store;
  const id = keyOf("image");
  const path = join(work.root, "builds", hexOf(id).slice(0, 2), `${hexOf(id)}.json`);
  mkdirSync(dirname(path), { recursive: true });
  const [first, second] = RECORD.steps;
  const [stage] = RECORD.stages;
  const bad: readonly unknown[] = [
    null,
    [],
    { ...RECORD, version: 2 },
    { ...RECORD, took: -1 },
    { ...RECORD, stages: {} },
    { ...RECORD, stages: [null] },
    { ...RECORD, stages: [{ ...stage, uses: [{ stage: 7, how: "copy" }] }, stage] },
    { ...RECORD, stages: [{ ...stage, size: "3" }, stage] },
    { ...RECORD, steps: [first, { ...second, inputs: [2] }] },
    { ...RECORD, steps: [first, { ...second, stage: 1.5 }] },
    { ...RECORD, steps: [first, { ...second, outcome: "failed" }] },
    { ...RECORD, steps: [first, { ...second, took: null, size: {} }] },
    { ...RECORD, steps: [first, { ...second, reason: 1 }] },
    { ...RECORD, steps: [first, { ...second, lines: ["3", 4] }] },
    { ...RECORD, steps: [first, { ...second, added: [7] }] },
    { ...RECORD, steps: [first, { ...second, result: "layer" }] },
    { ...RECORD, steps: [first, { ...second, copies: [null] }] },
    { ...RECORD, steps: [first, { ...second, copies: [{ ...COPY, input: 2 }] }] },
    { ...RECORD, steps: [first, { ...second, copies: [{ ...COPY, exclude: undefined }] }] },
  ];
  for (const value of bad) {
    writeFileSync(path, JSON.stringify(value));
    assert.equal(await builds.get(id), undefined, JSON.stringify(value));
  }
  writeFileSync(path, "{");
  assert.equal(await builds.get(id), undefined);
  writeFileSync(path, JSON.stringify(RECORD));
  assert.deepEqual(await builds.get(id), RECORD);
});

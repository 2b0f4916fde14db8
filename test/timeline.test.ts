import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openStore } from "../src/store/index.ts";
import { buildImage, folder, ROOT, run, TARE } from "./harness.ts";

const DOCKERFILE = `FROM scratch AS files
COPY large small /
FROM files AS more
COPY extra /
FROM scratch AS unused
COPY large /
FROM scratch
COPY --from=more /small /extra /
COPY last /
`;

const FILES = { large: "l".repeat(5000), small: "s".repeat(70), extra: "e".repeat(300) };

test("how an image was built is remembered with it: stages, what they took and left, steps with their times", async () => {
  // New to the store, whichever builds it has seen.
  using context = folder({ ...FILES, Dockerfile: DOCKERFILE, last: `${Math.random()}`.padEnd(20, "0") });
  const request = { context: context.path, root: ROOT };
  const { result } = await buildImage({ ...request, noCache: true });
  const { builds } = await openStore(ROOT);
  const record = await builds.get(result.imageId as `sha256:${string}`);
  assert.deepEqual(
    record?.stages.map(({ name, size, leftBehind, uses }) => ({ name, size, leftBehind, uses })),
    [
      { name: "files", size: 5070, leftBehind: 5070, uses: [] },
      { name: "more", size: 5370, leftBehind: 0, uses: [{ stage: 0, how: "base" }] },
      { name: "stage-3", size: 390, leftBehind: 0, uses: [{ stage: 1, how: "copy", size: 370 }] },
    ],
  );
  assert.deepEqual(
    record?.steps.map(({ name, stage, outcome, size }) => [name.split("]")[0], stage, outcome, size]),
    [
      ["[internal", undefined, "cached", undefined],
      ["[files 1/1", 0, "done", 5070],
      ["[more 1/1", 1, "done", 300],
      ["[stage-3 1/2", 2, "done", 370],
      ["[stage-3 2/2", 2, "done", 20],
      ["exporting to image", undefined, "done", undefined],
    ],
  );
  assert.ok(
    record?.steps.slice(1).every(({ took, startedAt }) => Number(took) >= 0 && startedAt !== undefined),
  );
  // Nothing has run: the record is still that of the build which made the image.
  assert.equal((await buildImage(request)).result.imageId, result.imageId);
  assert.deepEqual(await builds.get(result.imageId as `sha256:${string}`), record);
  writeFileSync(join(context.path, "last"), `${Math.random()}`);
  const changed = await buildImage(request);
  const next = await builds.get(changed.result.imageId as `sha256:${string}`);
  assert.deepEqual(
    next?.steps.slice(1, 5).map(({ outcome, took, reason }) => [outcome, took !== undefined, reason]),
    [
      ["cached", true, undefined],
      ["cached", true, undefined],
      ["cached", true, undefined],
      ["done", true, "last has changed"],
    ],
  );
});

test("--timeline shows a build in time, and writes it as a trace", async () => {
  using context = folder({ ...FILES, Dockerfile: DOCKERFILE, last: `${Math.random()}` });
  const arguments_ = ["build", "--root", ROOT, "-q"];
  const shown = await run(TARE, [...arguments_, "--timeline", context.path]);
  assert.match(shown.stderr, /^Timeline: .*; \d ran, \d cached; critical path /);
  assert.match(shown.stderr, /^\* \[stage-3 2\/2\] COPY last \/ +\d+ms +[#█]+$/m);
  const again = await run(TARE, [...arguments_, "--timeline", context.path]);
  assert.match(again.stderr, /^Timeline: .*; 1 ran, 5 cached/);
  const file = join(context.path, "trace.json");
  await run(TARE, [...arguments_, `--timeline=${file}`, context.path]);
  const { traceEvents } = JSON.parse(readFileSync(file, "utf8"));
  assert.ok(
    traceEvents.some(
      ({ name, ph }: { name: string; ph: string }) => name === "exporting to image" && ph === "X",
    ),
  );
  await assert.rejects(run(TARE, [...arguments_, `--timeline=${file}/x`, context.path]), {
    stderr: /can not write .*trace\.json\/x.*\n.*the image is built/,
  });
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageTimes, imageConfigBytes } from "./image-config.ts";

const TIMES: ImageTimes = { layers: [1000, 5000, 7000], comments: [], now: 9000 };
const HISTORY = [
  { created: "1970-01-01T00:00:01.000Z", created_by: "base" },
  { created_by: "env", empty_layer: true },
  { created_by: "run" },
  { created_by: "cmd", empty_layer: true },
  { created_by: "copy" },
];

/** Seconds of the image, and of its history. */
function times(history: typeof HISTORY, changed: Partial<ImageTimes> = {}): readonly number[] {
  const template = { platform: { os: "linux", architecture: "amd64" }, config: {}, history };
  const config = JSON.parse(Buffer.from(imageConfigBytes(template, [], { ...TIMES, ...changed })).toString());
  const entries = config.history as readonly { readonly created: string }[];
  return [config.created, ...entries.map(({ created }) => created)].map((at) => Date.parse(at) / 1000);
}

test("entries without a layer have the time of the layer before them, or of the first one", () => {
  assert.deepEqual(times(HISTORY), [7, 1, 1, 5, 5, 7]);
  assert.deepEqual(times(HISTORY.slice(1), { layers: [5000, 7000] }), [7, 5, 5, 5, 7]);
});

test("an image of nothing is of now", () => {
  assert.deepEqual(times([], { layers: [] }), [9]);
});

test("SOURCE_DATE_EPOCH clamps the times that this build adds, not those of the base", () => {
  assert.deepEqual(times(HISTORY, { epoch: 3 }), [3, 1, 1, 3, 3, 3]);
  const young = [{ created: "1970-01-01T00:00:08.000Z", created_by: "base" }];
  assert.deepEqual(times(young, { layers: [8000], epoch: 3 }), [8, 8]);
});

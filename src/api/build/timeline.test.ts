import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent } from "../../solver/index.ts";
import { recordTimeline, type Timeline } from "./timeline.ts";

type Times = readonly [from: number, to: number] | "cached";

/** The timeline of steps by name: what each stands on, and when it ran. */
function timeline(steps: Readonly<Record<string, readonly [inputs: string, times: Times]>>): Timeline {
  const recorder = recordTimeline();
  const plan = Object.entries(steps).map(([id, [inputs]]) => ({ id, name: id, inputs: [...inputs] }));
  const events = Object.entries(steps).flatMap(([step, [, times]]): BuildEvent[] =>
    times === "cached"
      ? [{ type: "step-ended", step, outcome: "cached", at: 0 }]
      : [
          { type: "step-started", step, at: times[0] },
          { type: "step-ended", step, outcome: "done", at: times[1] },
        ],
  );
  for (const event of [{ type: "plan", steps: plan } as const, ...events]) recorder.note(event);
  return recorder.timeline();
}

const criticalOf = ({ steps }: Timeline) =>
  steps
    .filter(({ critical }) => critical)
    .map(({ id }) => id)
    .join("");

test("the critical path goes back from the last end by the inputs that ended last", () => {
  const found = timeline({
    a: ["", [0, 5]],
    b: ["", [0, 9]],
    c: ["ab", [9, 12]],
    d: ["a", [5, 11]],
    e: ["cd", [12, 13]],
  });
  assert.equal(criticalOf(found), "bce");
  assert.deepEqual([found.startedAt, found.endedAt], [0, 13]);
  assert.equal(found.steps.map(({ id }) => id).join(""), "abdce");
});

test("steps that were cached have no time, and what waits for them waits for nothing", () => {
  const found = timeline({ a: ["", "cached"], b: ["a", "cached"], c: ["b", [3, 5]] });
  assert.equal(criticalOf(found), "c");
  assert.deepEqual(
    found.steps.map(({ id, startedAt, outcome }) => [id, startedAt, outcome]),
    [
      ["c", 3, "done"],
      ["a", undefined, "cached"],
      ["b", undefined, "cached"],
    ],
  );
});

test("a cached step between two that ran is passed by", () => {
  assert.equal(criticalOf(timeline({ a: ["", [0, 2]], b: ["a", "cached"], c: ["b", [2, 5]] })), "ac");
});

test("nothing that ran is an empty timeline; a step that failed, or that no plan names, is in it", () => {
  assert.deepEqual(timeline({}), { startedAt: 0, endedAt: 0, steps: [] });
  const recorder = recordTimeline();
  recorder.note({ type: "step-started", step: "x", at: 7 });
  recorder.note({ type: "step-ended", step: "x", outcome: "failed", at: 9 });
  assert.deepEqual(recorder.timeline().steps, [
    { id: "x", name: "x", inputs: [], startedAt: 7, endedAt: 9, outcome: "failed", critical: true },
  ]);
});

test("a graph with very many ways, and one that is very deep, is walked at once", () => {
  const recorder = recordTimeline();
  const plan = Array.from({ length: 20_000 }, (_, index) => ({
    id: String(index),
    name: "",
    inputs: [index - 1, index - 2].filter((input) => input >= 0).map(String),
  }));
  recorder.note({ type: "plan", steps: plan });
  recorder.note({ type: "step-started", step: "0", at: 0 });
  recorder.note({ type: "step-ended", step: "0", outcome: "done", at: 1 });
  recorder.note({ type: "step-started", step: "19999", at: 2 });
  assert.equal(criticalOf(recorder.timeline()), "019999");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import type { BuildEvent } from "../api/index.ts";
import { rawJsonProgress } from "./progress-rawjson.ts";

function lines(events: readonly BuildEvent[]): readonly unknown[] {
  let text = "";
  const progress = rawJsonProgress({
    write: (more) => {
      text += more;
    },
  });
  for (const event of events) progress.show(event);
  progress.end();
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 6);
const STARTED = "2026-01-02T03:04:05.006Z";

test("events are BuildKit's status objects, one a line", () => {
  const vertex = { digest: "b", inputs: ["a"], name: "RUN x", started: STARTED };
  assert.deepEqual(
    lines([
      { type: "plan", steps: [{ id: "b", name: "RUN x", inputs: ["a"] }] },
      { type: "step-started", step: "b", at: AT },
      { type: "step-log", step: "b", stream: "stdout", data: "hé\n", at: AT },
      { type: "step-log", step: "b", stream: "stderr", data: "", at: AT },
      { type: "step-progress", step: "b", what: "packages", current: 5, total: 9, at: AT },
      { type: "step-progress", step: "b", what: "bytes", current: 5, at: AT },
      { type: "step-ended", step: "b", outcome: "done", at: AT + 1000 },
      { type: "notice", code: "c", message: "mind" },
    ]),
    [
      { vertexes: [{ digest: "b", name: "RUN x", inputs: ["a"] }] },
      { vertexes: [vertex] },
      { logs: [{ vertex: "b", stream: 1, data: "aMOpCg==", timestamp: STARTED }] },
      { logs: [{ vertex: "b", stream: 2, data: "", timestamp: STARTED }] },
      {
        statuses: [
          { id: "packages", vertex: "b", name: "packages", total: 9, current: 5, timestamp: STARTED },
        ],
      },
      { statuses: [{ id: "bytes", vertex: "b", name: "bytes", total: 0, current: 5, timestamp: STARTED }] },
      { vertexes: [{ ...vertex, completed: "2026-01-02T03:04:06.006Z" }] },
      { warnings: [{ level: 1, short: "bWluZA==", detail: [], url: "" }] },
    ],
  );
});

test("a step's end tells how it ended", () => {
  const end = (outcome: "cached" | "failed" | "cancelled", message?: string): BuildEvent => ({
    type: "step-ended",
    step: "x",
    outcome,
    at: AT,
    ...(message !== undefined && { message }),
  });
  const vertex = { digest: "x", inputs: [], name: "x", started: STARTED, completed: STARTED };
  assert.deepEqual(lines([end("cached")]), [{ vertexes: [{ ...vertex, cached: true }] }]);
  assert.deepEqual(lines([end("failed", "exit code: 2")]), [
    { vertexes: [{ ...vertex, error: "exit code: 2" }] },
  ]);
  assert.deepEqual(lines([end("cancelled")]), [{ vertexes: [{ ...vertex, error: "cancelled" }] }]);
});

test("the result is no status", () => {
  assert.deepEqual(lines([{ type: "result", result: { names: [], size: 1 } }]), []);
});

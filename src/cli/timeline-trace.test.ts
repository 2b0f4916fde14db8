import assert from "node:assert/strict";
import { test } from "node:test";
import { timelineTrace } from "./timeline-trace.ts";

test("a trace has a lane for each step that runs at the same time, in microseconds", () => {
  const common = { inputs: [], outcome: "done", critical: false } as const;
  const text = timelineTrace({
    startedAt: 1000,
    endedAt: 1010,
    steps: [
      { ...common, id: "a", name: "a", startedAt: 1000, endedAt: 1004 },
      { ...common, id: "b", name: "b", startedAt: 1001, endedAt: 1010, critical: true },
      { ...common, id: "c", name: "c", startedAt: 1004, endedAt: 1005 },
      { ...common, id: "d", name: "d", outcome: "cached" },
    ],
  });
  const { traceEvents } = JSON.parse(text);
  type Row = Readonly<Record<string, unknown>>;
  assert.deepEqual(
    traceEvents.map(({ name, ph, tid, ts, dur }: Row) => [name, ph, tid, ts, dur]),
    [
      ["thread_name", "M", 1, 0, undefined],
      ["thread_name", "M", 2, 0, undefined],
      ["a", "X", 1, 0, 4000],
      ["b", "X", 2, 1000, 9000],
      ["c", "X", 1, 4000, 1000],
      ["d", "i", 1, 0, undefined],
    ],
  );
  assert.deepEqual(traceEvents[3].args, { outcome: "done", critical: true });
});

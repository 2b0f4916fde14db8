import type { Timeline, TimelineStep } from "../api/index.ts";
import { jsonText } from "./json-text.ts";

/** An entry of the Trace Event Format; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  /** `X`: something that lasts; `i`: a moment; `M`: the name of a lane. */
  readonly ph: "X" | "i" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly s?: "t";
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * `--timeline=FILE`: the build as JSON that chrome://tracing, Perfetto and speedscope open (Trace Event Format, JSON
 * object form). Steps that ran at the same time are in lanes of their own; cached ones are moments at the beginning.
 */
export function timelineTrace(timeline: Timeline): string {
  const lanes: number[] = [];
  const events = timeline.steps.map((step) => stepEvent(step, timeline, lanes));
  const names = lanes.map((_, tid) => laneName(tid + 1));
  return jsonText({ displayTimeUnit: "ms", traceEvents: [...names, ...events] }, 1);
}

/** `lanes` holds when each is free again. */
function stepEvent(step: TimelineStep, { startedAt, endedAt }: Timeline, lanes: number[]): TraceEvent {
  const { name, outcome = "running", critical, location } = step;
  const args = {
    outcome,
    critical,
    ...(location && { file: location.file, line: location.range.start.line }),
  };
  const common = { name, cat: outcome, pid: 1, args };
  if (step.startedAt === undefined) return { ...common, ph: "i", s: "t", tid: 1, ts: 0 };
  const end = step.endedAt ?? endedAt;
  const free = lanes.findIndex((until) => until <= (step.startedAt as number));
  const lane = free < 0 ? lanes.length : free;
  lanes[lane] = end;
  const ts = (step.startedAt - startedAt) * 1000;
  return { ...common, ph: "X", tid: lane + 1, ts, dur: Math.max(0, end - step.startedAt) * 1000 };
}

function laneName(tid: number): TraceEvent {
  return { name: "thread_name", cat: "", ph: "M", pid: 1, tid, ts: 0, args: { name: `lane ${tid}` } };
}

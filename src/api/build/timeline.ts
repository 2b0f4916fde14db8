import type { BuildEvent, StepInfo, StepOutcome } from "../../solver/index.ts";

/** A step of a build in time. */
export interface TimelineStep extends StepInfo {
  /** Milliseconds since 1970; absent in a step that did not run, because its result was known. */
  readonly startedAt?: number;
  /** Absent while it runs, and in one that was never reached. */
  readonly endedAt?: number;
  readonly outcome?: StepOutcome;
  /** Whether the build would have been over sooner if this step had been faster. */
  readonly critical: boolean;
}

/** A build in time. */
export interface Timeline {
  /** When the first step started and the last one ended, milliseconds since 1970; both 0 when nothing ran. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** In the order of their starts; those that did not run come last, in the order of the plan. */
  readonly steps: readonly TimelineStep[];
}

/** Collects a build's events into its timeline. */
export interface TimelineRecorder {
  note(event: BuildEvent): void;
  /** What is known by now. */
  timeline(): Timeline;
}

interface Noted {
  readonly info: StepInfo;
  readonly startedAt?: number;
  readonly endedAt?: number;
  readonly outcome?: StepOutcome;
}

/** An empty timeline that is told of events as they come; of those that do not speak of a step's time nothing is kept. */
export function recordTimeline(): TimelineRecorder {
  const steps = new Map<string, Noted>();
  const change = (id: string, facts: Omit<Noted, "info">) =>
    steps.set(id, { info: { id, name: id, inputs: [] }, ...steps.get(id), ...facts });
  return {
    note(event) {
      if (event.type === "plan")
        for (const info of event.steps) steps.set(info.id, { ...steps.get(info.id), info });
      else if (event.type === "step-started") change(event.step, { startedAt: event.at });
      else if (event.type === "step-ended") change(event.step, { endedAt: event.at, outcome: event.outcome });
    },
    timeline: () => timelineOf([...steps.values()]),
  };
}

function timelineOf(noted: readonly Noted[]): Timeline {
  const ran = noted.filter(hasRun).sort((a, b) => a.startedAt - b.startedAt);
  const rest = noted.filter((step) => !hasRun(step));
  const critical = criticalSteps(noted);
  return {
    startedAt: ran[0]?.startedAt ?? 0,
    endedAt: ran.reduce((latest, step) => Math.max(latest, step.endedAt ?? step.startedAt), 0),
    steps: [...ran, ...rest].map(({ info, ...times }) => ({
      ...info,
      ...times,
      critical: critical.has(info.id),
    })),
  };
}

type Ran = Noted & { readonly startedAt: number };

function hasRun(step: Noted): step is Ran {
  return step.startedAt !== undefined;
}

/**
 * The chain of steps that decided how long the build took: back from the one that ended last, always to the input that
 * ended last. A step whose result was known passes on to what it stands on.
 */
function criticalSteps(noted: readonly Noted[]): ReadonlySet<string> {
  const steps = new Map(noted.map((step) => [step.info.id, step]));
  const waits = new Map<string, Ran | undefined>();
  const chain = new Set<string>();
  let step = latest(noted.filter(hasRun));
  while (step && !chain.has(step.info.id)) {
    chain.add(step.info.id);
    step = latest(step.info.inputs.map((id) => waitedFor(id, { steps, waits })));
  }
  return chain;
}

interface Walk {
  readonly steps: ReadonlyMap<string, Noted>;
  /** What was found out, so that a graph with many ways is walked once. */
  readonly waits: Map<string, Ran | undefined>;
}

/** The step that an input waited for: itself if it ran, else the latest below it. Without recursion, for deep graphs. */
function waitedFor(id: string, { steps, waits }: Walk): Ran | undefined {
  const open = [id];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const step = steps.get(top);
    const below = step === undefined || hasRun(step) ? [] : step.info.inputs;
    const missing = below.filter((input) => !waits.has(input));
    if (missing.length > 0 && !waits.has(top)) {
      // Known before its inputs are, so that a circle, which no plan has, would end.
      waits.set(top, undefined);
      open.push(...missing);
      continue;
    }
    waits.set(top, step && hasRun(step) ? step : latest(below.map((input) => waits.get(input))));
    open.pop();
  }
  return waits.get(id);
}

function latest(steps: readonly (Ran | undefined)[]): Ran | undefined {
  let found: Ran | undefined;
  for (const step of steps)
    if (step && (!found || (step.endedAt ?? step.startedAt) > (found.endedAt ?? found.startedAt)))
      found = step;
  return found;
}

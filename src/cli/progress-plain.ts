import { type BuildEvent, NEVER_BUILT, type StepInfo } from "../api/index.ts";
import { visibleName, visibleText } from "../text/index.ts";
import type { ProgressRenderer, Screen } from "./progress.ts";
import { type LineJoiner, lineJoiner } from "./text.ts";

interface Step {
  readonly number: number;
  readonly info: StepInfo;
  readonly startedAt: number;
  readonly output: LineJoiner;
}

/**
 * One line after the other, as BuildKit's plain progress: `#3 [build 2/4] RUN make`, `#3 0.214 log`, `#3 DONE 1.2s`. What
 * a step writes is shown as it is; its name, notices and errors, which others have a part in, do not steer the terminal.
 */
export function plainProgress({ write }: Pick<Screen, "write">): ProgressRenderer {
  const infos = new Map<string, StepInfo>();
  const steps = new Map<string, Step>();
  const missed = new Map<string, string>();
  let last: Step | undefined;

  function begin(id: string, at: number): Step {
    const known = steps.get(id);
    if (known) return known;
    const info = infos.get(id) ?? { id, name: id, inputs: [] };
    const step = { number: steps.size + 1, info, startedAt: at, output: lineJoiner() };
    steps.set(id, step);
    return step;
  }

  /** Says whose lines follow when they are another step's than before. */
  function lines(step: Step, texts: readonly string[]): void {
    if (texts.length === 0) return;
    if (last !== step) write(`${last ? "\n" : ""}#${step.number} ${visibleName(step.info.name)}\n`);
    last = step;
    for (const text of texts) write(`#${step.number} ${text}\n`);
  }

  function show(event: BuildEvent): void {
    switch (event.type) {
      case "plan":
        for (const info of event.steps) infos.set(info.id, info);
        return;
      case "notice":
        write(`${last ? "\n" : ""}NOTICE: ${visibleText(event.message)}\n`);
        last = undefined;
        return;
      case "step-started": {
        const step = begin(event.step, event.at);
        if (last !== step) write(`${last ? "\n" : ""}#${step.number} ${visibleName(step.info.name)}\n`);
        last = step;
        return lines(step, missedText(missed.get(event.step)));
      }
      case "step-imported":
        return;
      case "step-missed":
        missed.set(event.step, event.reason);
        return;
      case "step-log": {
        const step = begin(event.step, event.at);
        const seconds = ((event.at - step.startedAt) / 1000).toFixed(3);
        return lines(
          step,
          step.output.add(event.data).map((line) => `${seconds} ${line}`),
        );
      }
      case "step-ended": {
        const step = begin(event.step, event.at);
        const seconds = (event.at - step.startedAt) / 1000;
        lines(
          step,
          step.output.end().map((line) => `${seconds.toFixed(3)} ${line}`),
        );
        return lines(step, [outcomeText(event, seconds.toFixed(1))]);
      }
      default:
        return;
    }
  }

  return { show, end: () => {} };
}

/** A step that was never built before needs no reason: that is how builds begin. */
function missedText(reason: string | undefined): readonly string[] {
  return reason === undefined || reason === NEVER_BUILT ? [] : [`MISS: ${visibleText(reason)}`];
}

function outcomeText(event: Extract<BuildEvent, { type: "step-ended" }>, seconds: string): string {
  switch (event.outcome) {
    case "cached":
      return "CACHED";
    case "cancelled":
      return "CANCELED";
    case "failed":
      return `ERROR: ${visibleText(event.message ?? "failed")}`;
    case "done":
      return `DONE ${seconds}s`;
  }
}

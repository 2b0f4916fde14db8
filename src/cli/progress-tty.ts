import type { BuildEvent, StepInfo, StepOutcome } from "../api/index.ts";
import type { ProgressRenderer, Screen } from "./progress.ts";
import { type LineJoiner, lineJoiner, plainText } from "./text.ts";
import { createTtyFrame, fitLines, type Line } from "./tty-frame.ts";
import { humanSize } from "./units.ts";

interface Step {
  readonly info: StepInfo;
  readonly startedAt: number;
  readonly output: LineJoiner;
  log: readonly string[];
  progress?: string;
  endedAt?: number;
  outcome?: StepOutcome;
}

export interface TtyOptions {
  /** What is done: `Building`. */
  readonly title: string;
  readonly screen: Screen;
  /** How many of the last lines of a running step are shown. */
  readonly logLines: number;
  readonly now: () => number;
}

const FRAME = 100;

/** The picture of a build that is drawn again ten times a second: steps with their times, last lines of running ones. */
export function ttyProgress({ title, screen, logLines, now }: TtyOptions): ProgressRenderer {
  const infos = new Map<string, StepInfo>();
  const steps = new Map<string, Step>();
  const notices: string[] = [];
  const startedAt = now();
  const frame = createTtyFrame(screen);
  let timer: NodeJS.Timeout | undefined;

  function stepOf(id: string, at: number): Step {
    const known = steps.get(id);
    if (known) return known;
    const info = infos.get(id) ?? { id, name: id, inputs: [] };
    const step: Step = { info, startedAt: at, output: lineJoiner(), log: [] };
    steps.set(id, step);
    return step;
  }

  function note(event: BuildEvent): void {
    if (event.type === "plan") for (const info of event.steps) infos.set(info.id, info);
    else if (event.type === "notice") notices.push(event.message);
    else if (event.type === "step-started") stepOf(event.step, event.at);
    else if (event.type === "step-log") {
      const step = stepOf(event.step, event.at);
      step.log = [...step.log, ...step.output.add(event.data).slice(-logLines)].slice(-logLines);
    } else if (event.type === "step-progress") {
      const total = event.total === undefined ? "" : ` / ${humanSize(event.total)}`;
      stepOf(event.step, event.at).progress = `${event.what} ${humanSize(event.current)}${total}`;
    } else if (event.type === "step-ended") {
      const step = stepOf(event.step, event.at);
      step.endedAt = event.at;
      step.outcome = event.outcome;
    }
  }

  function picture(final: boolean): readonly Line[] {
    const all = [...steps.values()];
    const done = all.filter(({ outcome }) => outcome === "done" || outcome === "cached").length;
    const total = Math.max(infos.size, all.length);
    const state = final && done === total ? "FINISHED" : `(${done}/${total})`;
    return [
      { text: `[+] ${title} ${seconds(now() - startedAt)} ${state}`, weight: "head" },
      ...all.flatMap((step) => stepLines(step, { now: now(), logLines })),
      ...notices.map(
        (message) => ({ text: `! ${plainText(message)}`, style: "yellow", weight: "head" }) as const,
      ),
    ];
  }

  return {
    show(event) {
      note(event);
      if (timer) return;
      frame.begin();
      timer = setInterval(() => frame.draw(fitLines(picture(false), screen.rows() - 1)), FRAME);
    },
    end() {
      clearInterval(timer);
      if (!timer) return;
      frame.draw(picture(true));
      frame.end();
      timer = undefined;
    },
  };
}

const STYLES: Readonly<Record<StepOutcome | "running", Line["style"]>> = {
  running: undefined,
  done: "blue",
  cached: "blue",
  failed: "red",
  cancelled: "yellow",
};

const MARKS: Readonly<Partial<Record<StepOutcome, string>>> = {
  cached: "CACHED ",
  failed: "ERROR ",
  cancelled: "CANCELED ",
};

function stepLines(
  { info, startedAt, endedAt, outcome, progress, log, output }: Step,
  { now, logLines }: { readonly now: number; readonly logLines: number },
): readonly Line[] {
  const head: Line = {
    text: ` => ${outcome === undefined ? "" : (MARKS[outcome] ?? "")}${plainText(info.name)}`,
    right: seconds((endedAt ?? now) - startedAt),
    style: STYLES[outcome ?? "running"],
    weight: outcome === undefined ? "running" : "ended",
  };
  if (outcome) return [head];
  // A progress bar never ends its line: what it shows is the line's beginning.
  const lines = [...log, ...(output.rest() === "" ? [] : [output.rest()])].slice(-logLines);
  return [
    head,
    ...(progress === undefined ? [] : [{ text: ` => => ${progress}`, weight: "running" } as const]),
    ...lines.map((line) => ({ text: ` => => # ${plainText(line)}`, style: "dim", weight: "log" }) as const),
  ];
}

function seconds(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)}s`;
}

import { styleText } from "node:util";
import type { BuildEvent, StepInfo, StepOutcome } from "../api/index.ts";
import type { ProgressRenderer, Screen } from "./progress.ts";
import { type LineJoiner, lineJoiner, plainText, truncate } from "./text.ts";
import { humanSize } from "./units.ts";

interface Step {
  readonly info: StepInfo;
  readonly startedAt: number;
  readonly output: LineJoiner;
  readonly log: string[];
  progress?: string;
  endedAt?: number;
  outcome?: StepOutcome;
}

export interface TtyOptions {
  readonly screen: Screen;
  /** How many of the last lines of a running step are shown. */
  readonly logLines: number;
  readonly now: () => number;
}

const FRAME = 100;
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/** The picture of a build that is drawn again ten times a second: steps with their times, last lines of running ones. */
export function ttyProgress({ screen, logLines, now }: TtyOptions): ProgressRenderer {
  const infos = new Map<string, StepInfo>();
  const steps = new Map<string, Step>();
  const notices: string[] = [];
  const startedAt = now();
  let drawn = 0;
  let timer: NodeJS.Timeout | undefined;

  function stepOf(id: string, at: number): Step {
    const known = steps.get(id);
    if (known) return known;
    const step: Step = {
      info: infos.get(id) ?? { id, name: id, inputs: [] },
      startedAt: at,
      output: lineJoiner(),
      log: [],
    };
    steps.set(id, step);
    return step;
  }

  function show(event: BuildEvent): void {
    note(event);
    if (timer) return;
    screen.write(HIDE_CURSOR);
    timer = setInterval(draw, FRAME);
  }

  function note(event: BuildEvent): void {
    if (event.type === "plan") for (const info of event.steps) infos.set(info.id, info);
    else if (event.type === "notice") notices.push(event.message);
    else if (event.type === "step-started") stepOf(event.step, event.at);
    else if (event.type === "step-log") {
      const { log, output } = stepOf(event.step, event.at);
      log.push(...output.add(event.data).map(plainText));
      log.splice(0, log.length - logLines);
    } else if (event.type === "step-progress") {
      const total = event.total === undefined ? "" : ` / ${humanSize(event.total)}`;
      stepOf(event.step, event.at).progress = `${event.what} ${humanSize(event.current)}${total}`;
    } else if (event.type === "step-ended") {
      const step = stepOf(event.step, event.at);
      step.endedAt = event.at;
      step.outcome = event.outcome;
    }
  }

  function draw(final = false): void {
    const columns = screen.columns();
    const lines = picture(final).map((line) => ({ ...line, text: truncate(line.text, columns - 1) }));
    const fitting = final ? lines : lines.slice(-Math.max(3, screen.rows() - 1));
    const up = drawn > 0 ? `\u001b[${drawn}A` : "";
    const text = fitting.map(({ text, style }) => `\r\u001b[2K${paint(text, style)}\n`).join("");
    screen.write(`${up}\u001b[0J${text}`);
    drawn = fitting.length;
  }

  function paint(text: string, style: Line["style"]): string {
    if (!screen.colour || style === undefined) return text;
    return styleText(style, text);
  }

  function picture(final: boolean): readonly Line[] {
    const all = [...steps.values()];
    const done = all.filter(({ outcome }) => outcome === "done" || outcome === "cached").length;
    const total = Math.max(infos.size, all.length);
    const state = final && done === total ? "FINISHED" : `(${done}/${total})`;
    const head = { text: `[+] Building ${seconds(now() - startedAt)} ${state}` };
    return [
      head,
      ...all.flatMap(stepLines),
      ...notices.map((message) => ({ text: `! ${message}`, style: "yellow" as const })),
    ];
  }

  function stepLines(step: Step): readonly Line[] {
    const time = seconds((step.endedAt ?? now()) - step.startedAt);
    const name = plainText(step.info.name);
    const columns = screen.columns() - 1;
    const left = ` => ${step.outcome === "cached" ? "CACHED " : ""}${step.outcome === "failed" ? "ERROR " : ""}${name}`;
    const right = ` ${time}`;
    const head = {
      text: truncate(left, columns - right.length).padEnd(columns - right.length) + right,
      style: STYLES[step.outcome ?? "running"],
    };
    if (step.outcome) return [head];
    const progress = step.progress === undefined ? [] : [{ text: ` => => ${step.progress}` }];
    return [
      head,
      ...progress,
      ...step.log.map((line) => ({ text: ` => => # ${line}`, style: "dim" as const })),
    ];
  }

  return {
    show,
    end() {
      clearInterval(timer);
      if (!timer) return;
      draw(true);
      screen.write(SHOW_CURSOR);
      timer = undefined;
    },
  };
}

interface Line {
  readonly text: string;
  readonly style?: "yellow" | "dim" | "blue" | "red" | undefined;
}

const STYLES: Readonly<Record<StepOutcome | "running", Line["style"]>> = {
  running: undefined,
  done: "blue",
  cached: "blue",
  failed: "red",
  cancelled: "yellow",
};

function seconds(milliseconds: number): string {
  return `${(Math.max(0, milliseconds) / 1000).toFixed(1)}s`;
}

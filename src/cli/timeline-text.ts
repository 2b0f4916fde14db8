import type { Timeline, TimelineStep } from "../api/index.ts";
import { isUnicode } from "./bar.ts";
import type { Screen } from "./progress.ts";
import { fit, plainText, truncate, widthOf } from "./text.ts";

/** How a timeline is drawn. */
export interface TimelineLook {
  /** Columns of the terminal. */
  readonly columns: number;
  readonly colour: boolean;
  /** Whether the terminal shows more than ASCII. */
  readonly unicode: boolean;
}

type RanStep = TimelineStep & { readonly startedAt: number };

const TIME = 8;
/** Fewer columns than these tell nothing by a bar. */
const SMALLEST_BAR = 12;
const LONGEST_NAME = 48;

/**
 * `--timeline`: each step that ran as a bar over the time of the build, those that the build waited for marked; then
 * how many were cached. Every line fits into the terminal; colour only adds to what the marks say.
 */
export function timelineText(timeline: Timeline, look: TimelineLook): string {
  const ran = timeline.steps.filter((step): step is RanStep => step.startedAt !== undefined);
  const cached = timeline.steps.filter(({ outcome }) => outcome === "cached").length;
  if (ran.length === 0) return `Timeline: nothing ran, ${counted(cached, "step")} cached\n`;
  const layout = layoutFor(ran, look);
  const rows = ran.map((step) => rowText(step, timeline, layout));
  const legend = layout.bar > 0 ? [legendText(ran, layout)] : [];
  const head = headLines(headParts(timeline, ran, cached), look.columns - 1);
  return [...head, ...axis(timeline, layout), ...rows, ...legend]
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** What a terminal can show: bars of characters that are not in ASCII need a locale that has them. */
export function timelineLook(
  screen: Screen,
  environment: Readonly<Record<string, string | undefined>>,
): TimelineLook {
  return { columns: screen.columns(), colour: screen.colour, unicode: isUnicode(environment) };
}

interface Layout extends TimelineLook {
  readonly name: number;
  /** Columns of a bar; 0 where there is no room. */
  readonly bar: number;
}

function layoutFor(ran: readonly RanStep[], look: TimelineLook): Layout {
  // The last column stays free: some terminals begin a new line when it is written.
  const room = Math.max(1, look.columns - 1 - 2 - TIME - 2);
  const longest = Math.max(...ran.map(({ name }) => widthOf(plainText(name))));
  const beside = Math.max(SMALLEST_BAR + 6, Math.floor(room * 0.45));
  const name = Math.min(longest, LONGEST_NAME, beside);
  const bar = room - name;
  if (bar >= SMALLEST_BAR) return { ...look, name, bar };
  return { ...look, name: Math.min(longest, room), bar: 0 };
}

function headParts(
  { startedAt, endedAt, steps }: Timeline,
  ran: readonly RanStep[],
  cached: number,
): readonly string[] {
  const critical = steps.filter((step) => step.critical);
  const chain = critical.reduce((sum, step) => sum + tookOf(step as RanStep), 0);
  return [
    `Timeline: ${duration(endedAt - startedAt)}`,
    `${ran.length} ran, ${cached} cached`,
    `critical path ${duration(chain)} in ${counted(critical.length, "step")}`,
  ];
}

/** On one line where there is room, else on as many as it takes. */
function headLines(parts: readonly string[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length === 0 ? part : `${lines.at(-1)}; ${part}`;
    if (lines.length > 0 && widthOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(lines.length === 0 ? part : `  ${part}`);
  }
  return lines.map((line) => truncate(line, columns));
}

function rowText(step: RanStep, timeline: Timeline, layout: Layout): string {
  const mark = step.critical ? "*" : " ";
  const name = fit(plainText(step.name), layout.name);
  const time = timeText(step).padStart(TIME);
  const bar = layout.bar > 0 ? `  ${barText(step, timeline, layout)}` : "";
  return `${mark} ${name}${paint(time + bar, step, layout)}`;
}

function timeText(step: RanStep): string {
  if (step.outcome === "failed") return "ERROR";
  if (step.outcome === "cancelled") return "CANCELED";
  return step.endedAt === undefined ? "…" : duration(tookOf(step));
}

/** Bars begin and end where the step did, to the column; the shortest is one column wide. */
function barText(step: RanStep, { startedAt, endedAt }: Timeline, { bar, unicode }: Layout): string {
  const whole = Math.max(1, endedAt - startedAt);
  const column = (at: number) => Math.round(((at - startedAt) / whole) * bar);
  const from = Math.min(bar - 1, column(step.startedAt));
  const to = Math.max(from + 1, column(step.endedAt ?? endedAt));
  return " ".repeat(from) + inkOf(step.critical, unicode).repeat(to - from);
}

function inkOf(critical: boolean, unicode: boolean): string {
  if (unicode) return critical ? "█" : "░";
  return critical ? "#" : "-";
}

function axis({ startedAt, endedAt }: Timeline, { name, bar }: Layout): readonly string[] {
  if (bar === 0) return [];
  const end = duration(endedAt - startedAt);
  return [`${" ".repeat(2 + name + TIME + 2)}0${end.padStart(bar - 1)}`];
}

function legendText(ran: readonly RanStep[], { unicode, columns }: Layout): string {
  const beside = ran.some(({ critical }) => !critical);
  const parts = [
    `${inkOf(true, unicode)} * critical path`,
    ...(beside ? [`${inkOf(false, unicode)} beside it`] : []),
  ];
  return truncate(`  ${parts.join("   ")}`, columns - 1);
}

function paint(text: string, step: RanStep, { colour }: Layout): string {
  if (!colour) return text;
  if (step.outcome === "failed") return `\u001b[31m${text}\u001b[0m`;
  return step.critical ? `\u001b[33m${text}\u001b[0m` : `\u001b[34m${text}\u001b[0m`;
}

function tookOf({ startedAt, endedAt = startedAt }: RanStep): number {
  return Math.max(0, endedAt - startedAt);
}

/** `840ms`, `3.2s`, `4m12s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 995) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < 99_950) return `${(milliseconds / 1000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

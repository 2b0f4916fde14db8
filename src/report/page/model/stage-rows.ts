import type { ReportStage } from "../../data.ts";

/** Where something stands in its column; pixels. */
export interface Slot {
  readonly column: number;
  readonly top: number;
  readonly height: number;
  /** Whether only an arrow passes here. */
  readonly isWay: boolean;
}

export interface Rows {
  readonly slots: {
    /** One a stage. */
    readonly boxes: readonly Slot[];
    /** By `FROM TO`: where an arrow passes the columns between two stages. */
    readonly ways: ReadonlyMap<string, readonly Slot[]>;
  };
  readonly columns: number;
  readonly height: number;
}

interface Draft {
  readonly column: number;
  readonly height: number;
  /** The stage, or the arrow `FROM TO`. */
  readonly stage?: number;
  readonly arrow?: string;
  /** What it comes from, in the columns before. */
  readonly from: Draft[];
  middle: number;
}

const GAP = 20;
const WAY = 16;

/**
 * Stages in columns, each right of all that it takes something from. An arrow over several columns has a place in each,
 * so that it passes no box; what comes from the same place stands near it (the layered drawing of Sugiyama, in one pass).
 */
export function rowsOf(stages: readonly ReportStage[], height: number): Rows {
  const drafts = draft(stages, height);
  const columns = Math.max(0, ...drafts.map(({ column }) => column)) + 1;
  const byColumn = Array.from({ length: columns }, (_, at) => drafts.filter(({ column }) => column === at));
  const whole = Math.max(0, ...byColumn.map(heightOf));
  const slots = new Map<Draft, Slot>();
  for (const column of byColumn) place(column, { whole, slots });
  const boxes = stages.map((_, at) => slots.get(drafts.find(({ stage }) => stage === at) as Draft) as Slot);
  const ways = new Map<string, Slot[]>();
  for (const [{ arrow }, slot] of slots)
    if (arrow !== undefined) ways.set(arrow, [...(ways.get(arrow) ?? []), slot]);
  return { slots: { boxes, ways }, columns, height: whole };
}

/** A stage only takes from those before it, so one pass is enough. */
function draft(stages: readonly ReportStage[], height: number): readonly Draft[] {
  const boxes: Draft[] = [];
  const ways: Draft[] = [];
  for (const [to, { uses }] of stages.entries()) {
    const sources = [...new Set(uses.map(({ stage }) => stage))].filter((stage) => stage < to);
    const column = Math.max(0, ...sources.map((stage) => (boxes[stage]?.column ?? -1) + 1));
    const from = sources.map((stage) => {
      let last = boxes[stage] as Draft;
      for (let at = last.column + 1; at < column; at++) {
        last = { column: at, height: WAY, arrow: `${stage} ${to}`, from: [last], middle: 0 };
        ways.push(last);
      }
      return last;
    });
    boxes.push({ column, height, stage: to, from, middle: 0 });
  }
  return [...boxes, ...ways];
}

function heightOf(column: readonly Draft[]): number {
  return column.reduce((sum, { height }) => sum + height + GAP, -GAP);
}

function place(
  column: readonly Draft[],
  { whole, slots }: { readonly whole: number; readonly slots: Map<Draft, Slot> },
): void {
  const wanted = new Map(column.map((item) => [item, wantedMiddle(item, whole)]));
  const sorted = column.toSorted((a, b) => (wanted.get(a) as number) - (wanted.get(b) as number));
  let top = (whole - heightOf(column)) / 2;
  for (const item of sorted) {
    item.middle = top + item.height / 2;
    slots.set(item, { column: item.column, top, height: item.height, isWay: item.stage === undefined });
    top += item.height + GAP;
  }
}

/** Where it would stand alone: as high as what it comes from; an arrow that passes a little lower, below the boxes. */
function wantedMiddle({ from, stage }: Draft, whole: number): number {
  if (from.length === 0) return whole / 2;
  const middle = from.reduce((sum, item) => sum + item.middle, 0) / from.length;
  return stage === undefined ? middle + 1 : middle;
}

import type { ReportBuild, ReportStage, ReportStep } from "../../data.ts";
import { rowsOf, type Slot } from "./stage-rows.ts";

/** A stage as a box of the graph; pixels. */
export interface StageBox {
  readonly stage: ReportStage;
  readonly place: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly facts: StageFacts;
}

export interface StageFacts {
  readonly steps: number;
  readonly cached: number;
  /** Of its steps one after the other, milliseconds; of cached ones what is remembered. */
  readonly took: number;
}

export interface StageArrow {
  readonly how: "base" | "copy" | "mount";
  /** As SVG draws it. */
  readonly path: string;
}

export interface StageGraph {
  readonly boxes: readonly StageBox[];
  readonly arrows: readonly StageArrow[];
  readonly width: number;
  readonly height: number;
}

const WIDEST = { box: 250, gap: 96 };
const SLIMMEST = { box: 176, gap: 34 };
const HEIGHT = 152;
const DOWN = 40;
/** Narrower than this there are no columns. */
const COLUMNS_FROM = 600;

/**
 * Stages in columns, each right of what it takes something from, in so many pixels of width if that is enough; on a
 * narrow screen below each other.
 */
export function stageGraph(build: ReportBuild, width: number): StageGraph {
  return width < COLUMNS_FROM ? inRows(build, Math.max(200, Math.min(320, width))) : inColumns(build, width);
}

function inColumns(build: ReportBuild, width: number): StageGraph {
  const { slots, columns, height } = rowsOf(build.stages, HEIGHT);
  const { box, gap } = fitted(columns, width);
  const left = (column: number) => column * (box + gap);
  const boxes = build.stages.map((stage, place): StageBox => {
    const { column, top } = slots.boxes[place] as Slot;
    const facts = factsOf(build.steps, place);
    return { stage, place, x: left(column), y: top, width: box, height: HEIGHT, facts };
  });
  const arrows = build.stages.flatMap(({ uses }, to) =>
    uses.map(({ stage, how }): StageArrow => {
      const way = slots.ways.get(`${stage} ${to}`) ?? [];
      const stops = [slots.boxes[stage] as Slot, ...way, slots.boxes[to] as Slot];
      return { how, path: curve(stops, { left, box }) };
    }),
  );
  return { boxes, arrows, width: left(columns - 1) + box, height };
}

interface Columns {
  readonly left: (column: number) => number;
  readonly box: number;
}

/** Curves over the gaps between columns, straight through a column that is only passed. */
function curve(stops: readonly Slot[], { left, box }: Columns): string {
  return stops
    .slice(1)
    .reduce((path, { column, top, height, isWay }, at) => {
      const before = stops[at] as Slot;
      const [x1, y1] = [left(before.column) + box, before.top + before.height / 2];
      const [x2, y2] = [left(column) - (isWay ? 0 : 8), top + height / 2];
      const middle = (x1 + x2) / 2;
      const on = isWay ? ` L${left(column) + box},${y2}` : "";
      return `${path} ${at === 0 ? `M${x1},${y1} ` : ""}C${middle},${y1} ${middle},${y2} ${x2},${y2}${on}`;
    }, "")
    .trim();
}

/** As wide as there is room for, between what can be read and what looks lost. */
function fitted(columns: number, width: number): { readonly box: number; readonly gap: number } {
  const gap = Math.min(WIDEST.gap, Math.max(SLIMMEST.gap, Math.floor((width / columns) * 0.22)));
  const box = Math.floor((width - (columns - 1) * gap) / columns);
  return { box: Math.min(WIDEST.box, Math.max(SLIMMEST.box, box)), gap };
}

function inRows(build: ReportBuild, width: number): StageGraph {
  const boxes = build.stages.map((stage, place): StageBox => {
    const facts = factsOf(build.steps, place);
    return { stage, place, x: 0, y: place * (HEIGHT + DOWN), width, height: HEIGHT, facts };
  });
  const arrows = boxes.flatMap((to) =>
    to.stage.uses.map(({ stage, how }): StageArrow => {
      const x = 28 + stage * 14;
      return { how, path: `M${x},${stage * (HEIGHT + DOWN) + HEIGHT} L${x},${to.y - 7}` };
    }),
  );
  return { boxes, arrows, width, height: boxes.length * (HEIGHT + DOWN) - DOWN };
}

function factsOf(steps: readonly ReportStep[], place: number): StageFacts {
  const own = steps.filter(({ stage }) => stage === place);
  return {
    steps: own.length,
    cached: own.filter(({ outcome }) => outcome === "cached").length,
    took: own.reduce((sum, { took = 0 }) => sum + took, 0),
  };
}

/** Bytes of all stages that are not in the image. */
export function leftBehind({ stages }: ReportBuild): number {
  return stages.reduce((sum, { leftBehind: left = 0 }) => sum + left, 0);
}

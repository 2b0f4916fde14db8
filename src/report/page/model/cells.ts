import { type HierarchyRectangularNode, hierarchy, treemap, treemapSquarify } from "d3-hierarchy";
import { count } from "./format.ts";
import type { Part } from "./tree.ts";

/** A rectangle of the treemap; pixels from its top left corner. */
export interface Cell {
  readonly part: Part;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** 1 for what is directly in the part that is shown. */
  readonly depth: number;
  /** Which of the colours: that of the part directly in the one that is shown. */
  readonly hue: number;
  /** Whether other cells lie in it, below its title. */
  readonly isOpen: boolean;
}

/** Children beyond these, and those smaller than this (square pixels), are drawn as one: nobody could tell them apart. */
const MOST = 1000;
const TINY = 60;
/** So many are drawn however small. */
const FIRST = 24;
const DEEPEST = 5;
const TITLE = 20;
/** What an area needs so that others can lie in it; pixels. */
const SMALLEST = { width: 72, height: 56 };

/** The rectangles of a part: what is in it, and in that again, as far as there is room to see it. */
export function cellsOf(
  part: Part,
  box: { readonly width: number; readonly height: number },
): readonly Cell[] {
  const scale = (box.width * box.height) / Math.max(1, part.size);
  const opens = ({ part: node, depth }: Drawn) =>
    depth < DEEPEST && node.size * scale >= SMALLEST.width * SMALLEST.height && node.children.length > 0;
  const root = hierarchy<Drawn>({ part, depth: 0 }, (drawn) =>
    opens(drawn)
      ? shownChildren(drawn.part, TINY / scale).map((child) => ({ part: child, depth: drawn.depth + 1 }))
      : [],
  )
    .sum((drawn) => (opens(drawn) ? 0 : drawn.part.size))
    .sort((a, b) => rank(a.data.part) - rank(b.data.part) || b.data.part.size - a.data.part.size);
  const layout = treemap<Drawn>()
    .tile(treemapSquarify.ratio(1.3))
    .size([box.width, box.height])
    .paddingInner(2)
    .paddingOuter((node) => (node.depth === 0 ? 0 : 3))
    .paddingTop((node) => (node.depth === 0 ? 0 : TITLE))
    .round(true);
  const cells: Cell[] = [];
  for (const [hue, child] of (layout(root).children ?? []).entries()) collect(child, { hue, cells });
  return cells;
}

interface Drawn {
  readonly part: Part;
  readonly depth: number;
}

function collect(
  node: HierarchyRectangularNode<Drawn>,
  to: { readonly hue: number; readonly cells: Cell[] },
): void {
  const [width, height] = [node.x1 - node.x0, node.y1 - node.y0];
  if (width < 3 || height < 3) return;
  const isOpen = node.children !== undefined && width >= SMALLEST.width && height >= SMALLEST.height;
  const { depth, data } = node;
  to.cells.push({ part: data.part, x: node.x0, y: node.y0, width, height, depth, hue: to.hue, isOpen });
  if (isOpen) for (const child of node.children ?? []) collect(child, to);
}

/** What is left over comes last, however much it is. */
function rank({ kind }: Part): number {
  return kind === "rest" ? 1 : 0;
}

function shownChildren(node: Part, least: number): readonly Part[] {
  const seen = node.children.filter(({ size }) => size > 0);
  const large = seen.findIndex(({ size }, place) => place === MOST || (size < least && place >= FIRST));
  // One that is small is drawn as itself.
  if (large < 0 || large >= seen.length - 1) return seen;
  const rest = seen.slice(large);
  return [
    ...seen.slice(0, large),
    {
      kind: "rest",
      name: `${count(rest.length)} more`,
      size: rest.reduce((sum, { size }) => sum + size, 0),
      files: rest.reduce((sum, { files }) => sum + files, 0),
      parent: node,
      children: [],
    },
  ];
}

/** The cell that an arrow key leads to: the nearest one in that direction, or the same when there is none. */
export function neighbour(cells: readonly Cell[], from: number, key: string): number {
  const here = cells[from];
  const [dx, dy] = DIRECTIONS[key] ?? [0, 0];
  if (!here || (dx === 0 && dy === 0)) return from;
  const centre = centreOf(here);
  let best = from;
  let least = Number.POSITIVE_INFINITY;
  for (const [place, cell] of cells.entries()) {
    const to = centreOf(cell);
    const along = (to.x - centre.x) * dx + (to.y - centre.y) * dy;
    if (place === from || along <= 0.5) continue;
    const across = Math.abs((to.x - centre.x) * dy) + Math.abs((to.y - centre.y) * dx);
    const distance = along + 2 * across;
    if (distance < least) [best, least] = [place, distance];
  }
  return best;
}

const DIRECTIONS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Of an open cell the middle of its title. */
function centreOf({ x, y, width, height, isOpen }: Cell): { readonly x: number; readonly y: number } {
  return { x: x + width / 2, y: isOpen ? y + TITLE / 2 : y + height / 2 };
}

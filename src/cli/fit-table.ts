import { isUnicode } from "./bar.ts";
import { alignColumns } from "./template.ts";
import type { Terminal } from "./terminal.ts";
import { shorten, widthOf } from "./text.ts";

/** How wide a text may be, and of what characters. */
export interface TextLook {
  /** Of the terminal that shows it; absent where none does: lines are as long as they are. */
  readonly columns?: number;
  /** Whether it may have other characters than ASCII ones. */
  readonly unicode: boolean;
}

export function textLook({ columns, env }: Pick<Terminal, "columns" | "env">): TextLook {
  return { ...(columns !== undefined && { columns }), unicode: isUnicode(env) };
}

/** Columns between two cells. */
const GAP = 3;
/** A cell is not made shorter than this. */
const LEAST = 8;

/** Rows as lines of aligned cells; of a table that is wider than the terminal the cells of one column are shortened. */
export function fitTable(
  rows: readonly (readonly string[])[],
  { columns, flexible }: { readonly columns: number | undefined; readonly flexible: number },
): readonly string[] {
  const room = columns === undefined ? Infinity : Math.max(LEAST, columns - widthWithout(rows, flexible));
  const cells = rows.map((row) => row.map((cell, at) => (at === flexible ? shorten(cell, room) : cell)));
  return alignColumns(cells.map((row) => row.join("\t")));
}

/** What the other columns of a table take, gaps included. */
export function widthWithout(rows: readonly (readonly string[])[], column: number): number {
  const widths: number[] = [];
  for (const row of rows)
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  const others = widths.filter((_width, at) => at !== column);
  return others.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1);
}

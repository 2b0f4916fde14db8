import type { Screen } from "./progress.ts";
import { fit, truncate, widthOf } from "./text.ts";

/** One line of a picture. */
export interface Line {
  readonly text: string;
  /** What stands at the right end of the line. */
  readonly right?: string;
  readonly style?: keyof typeof STYLES | undefined;
  /** What goes first when there is not room for all: ended steps, then log lines; `head` stays. */
  readonly weight: "head" | "running" | "log" | "ended";
}

/** A part of the terminal, from the cursor on, that is drawn again and again. */
export interface TtyFrame {
  begin(): void;
  /** Replaces the last picture. */
  draw(lines: readonly Line[]): void;
  end(): void;
}

const STYLES = { yellow: 33, dim: 2, blue: 34, red: 31 } as const;

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

export function createTtyFrame(screen: Screen): TtyFrame {
  /** Widths of the lines that are on the screen, top first. */
  let drawn: readonly number[] = [];
  return {
    begin: () => screen.write(HIDE_CURSOR),
    draw(lines) {
      // The last column stays free: some terminals begin a new line when it is written.
      const columns = Math.max(1, screen.columns() - 1);
      const texts = lines.map((line) => laidOut(line, columns));
      const painted = texts.map((text, index) =>
        paint(text, screen.colour ? lines[index]?.style : undefined),
      );
      // Each line replaces the old one before the rest is cleared: nothing is empty in between.
      const up = rowsOf(drawn, screen);
      screen.write(
        `${up > 0 ? `\u001b[${up}A` : ""}${painted.map((text) => `\r${text}\u001b[K\n`).join("")}\u001b[J`,
      );
      drawn = texts.map(widthOf);
    },
    end: () => screen.write(SHOW_CURSOR),
  };
}

/** So many lines at most: what matters least goes, the order stays. */
export function fitLines(lines: readonly Line[], rows: number): readonly Line[] {
  const room = Math.max(3, rows);
  let kept = lines;
  for (const weight of ["ended", "log", "running"] as const) {
    let surplus = kept.length - room;
    kept = kept.filter((line) => line.weight !== weight || surplus-- <= 0);
  }
  return kept.length > room ? kept.slice(0, room) : kept;
}

function laidOut({ text, right }: Line, columns: number): string {
  if (right === undefined) return truncate(text, columns);
  return truncate(`${fit(text, columns - right.length - 1)} ${right}`, columns);
}

function paint(text: string, style: Line["style"]): string {
  return style === undefined ? text : `\u001b[${STYLES[style]}m${text}\u001b[0m`;
}

/** Rows that lines take now: a terminal that became narrower has broken them. */
function rowsOf(widths: readonly number[], screen: Screen): number {
  const columns = Math.max(1, screen.columns());
  const rows = widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
  return Math.min(rows, Math.max(0, screen.rows() - 1));
}

import type { AttackSurface } from "../api/index.ts";
import { barText } from "./bar.ts";
import type { CompareLook } from "./compare-text.ts";
import { fitTable, widthWithout } from "./fit-table.ts";
import { plainText } from "./text.ts";

const BAR = 20;
const LEAST_BAR = 4;

/** The score, the rows that have points with what was found, then those that have none. */
export function attackText({ score, rows }: AttackSurface, { top, unicode, columns }: CompareLook): string {
  const found = rows.filter(({ count }) => count > 0).sort((a, b) => b.points - a.points);
  const largest = Math.max(0, ...found.map(({ points }) => points));
  const cells = found.map(({ points, count, title, weight, most }) => {
    const each = most === undefined ? `${weight}` : `${weight}, at most ${most}`;
    return [String(points), "", String(count), title, each];
  });
  const whole = [["POINTS", "", "FOUND", "WHAT", "EACH"], ...cells];
  const room = columns === undefined ? BAR : Math.min(BAR, columns - widthWithout(whole, 1));
  const shown = whole.map(([count = "", , ...others], at) => {
    const bar = barText(found[at - 1]?.points ?? 0, { largest, columns: room, unicode });
    return room < LEAST_BAR ? [count, ...others.slice(0, 2)] : [count, bar, ...others];
  });
  const table = fitTable(shown, { columns, flexible: room < LEAST_BAR ? 2 : 3 });
  const details = found.flatMap(({ title, why, found: what }) => [
    "",
    `${title}: ${why}`,
    ...what.slice(0, top).map((one) => `  ${plainText(one)}`),
    ...(what.length > top ? [`  and ${what.length - top} more`] : []),
  ]);
  const none = rows.filter(({ count }) => count === 0).map(({ title }) => title);
  return [
    `attack surface: ${score}`,
    ...(found.length > 0 ? ["", ...table, ...details] : []),
    ...(none.length > 0 ? ["", `none found: ${none.join(", ")}`] : []),
    "",
  ].join("\n");
}

import type { AttackSurface } from "../api/index.ts";
import { barText } from "./bar.ts";
import type { CompareLook } from "./compare-text.ts";
import { alignColumns } from "./template.ts";
import { plainText } from "./text.ts";

const BAR = 20;

/** The score, the rows that have points with what was found, then those that have none. */
export function attackText({ score, rows }: AttackSurface, { top, unicode }: CompareLook): string {
  const found = rows.filter(({ count }) => count > 0).sort((a, b) => b.points - a.points);
  const largest = Math.max(0, ...found.map(({ points }) => points));
  const table = alignColumns([
    ["POINTS", "", "FOUND", "WHAT", "EACH"].join("\t"),
    ...found.map(({ points, count, title, weight, most }) => {
      const bar = barText(points, { largest, columns: BAR, unicode });
      const each = most === undefined ? `${weight}` : `${weight}, at most ${most}`;
      return [String(points), bar, String(count), title, each].join("\t");
    }),
  ]);
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

import { changedBytes } from "../analysis/index.ts";
import type { Comparison, GroupChange } from "../api/index.ts";
import { type CompareLook, totalOf } from "./compare-text.ts";
import { fileCount, groupName, ratioText, valueText } from "./compare-values.ts";
import { plainText } from "./text.ts";
import { signedSize } from "./units.ts";

/** For a comment or a file: GitHub's tables, the lists folded away. */
export function compareMarkdown(comparison: Comparison, { top }: Pick<CompareLook, "top">): string {
  const lists = comparison.changes.flatMap(({ from, to, gone, came, changed }) => {
    const parts = [
      ["went away", gone],
      ["came", came],
      ["changed", changed],
    ] as const;
    return parts
      .filter(([, groups]) => groups.length > 0)
      .map(([title, groups]) => folded(`${code(from)} to ${code(to)}: ${title}`, { groups, top }));
  });
  return [metricTable(comparison), ...lists].join("\n");
}

function metricTable({ images, metrics }: Comparison): string {
  const [first, ...others] = images.map(({ name }) => cell(name));
  return rowsText([
    ["", first ?? "", ...others.flatMap((name) => [name, ""])],
    ["---", "---:", ...others.flatMap(() => ["---:", "---"])],
    ...metrics.map((metric) => [
      metric.title,
      valueText(metric, 0),
      ...others.flatMap((_name, at) => [valueText(metric, at + 1), ratioText(metric, at + 1)]),
    ]),
  ]);
}

function folded(
  title: string,
  { groups, top }: { readonly groups: readonly GroupChange[]; readonly top: number },
): string {
  const rows = groups
    .slice(0, top)
    .map((group) => [
      signedSize(changedBytes(group)),
      cell(groupName(group)),
      fileCount((group.after ?? group.before)?.files ?? 0),
    ]);
  const more = groups.length > top ? [["", `and ${groups.length - top} more`, ""]] : [];
  const table = rowsText([["size", "what", "files"], ["---:", "---", "---:"], ...rows, ...more]);
  return `<details><summary>${title}, ${totalOf(groups)}</summary>\n\n${table}\n</details>\n`;
}

function rowsText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
}

/** Names are of people who may wish to end the cell, or to begin a tag. */
function cell(text: string): string {
  return plainText(text)
    .replace(/[\\`*_~[\]|#]/g, "\\$&")
    .replaceAll("<", "&lt;");
}

function code(text: string): string {
  return `<code>${plainText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</code>`;
}

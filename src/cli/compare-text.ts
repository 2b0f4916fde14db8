import { changedBytes } from "../analysis/index.ts";
import type { Comparison, GroupChange } from "../api/index.ts";
import { barText } from "./bar.ts";
import { fileCount, groupName, ratioText, valueText } from "./compare-values.ts";
import { alignColumns } from "./template.ts";
import { plainText } from "./text.ts";
import { humanSize, signedSize } from "./units.ts";

/** How a comparison is written. */
export interface CompareLook {
  /** Rows of each list at most. */
  readonly top: number;
  /** Whether bars may be other characters than ASCII ones. */
  readonly unicode: boolean;
}

const BAR = 40;
const SHORT_BAR = 12;

/** For terminals and pipes: sizes as bars, the table, then what is gone, new and changed. No escape sequences. */
export function compareText(comparison: Comparison, look: CompareLook): string {
  const lists = comparison.changes.map((change) => changesText(change, look));
  return [sizeBars(comparison, look), table(comparison), ...lists].join("\n");
}

function sizeBars({ images, metrics }: Comparison, { unicode }: CompareLook): string {
  const size = metrics.find(({ id }) => id === "size");
  if (!size) return "";
  const largest = Math.max(...size.values);
  return lines(
    images.map(({ name }, at) => {
      const bar = barText(size.values[at] ?? 0, { largest, columns: BAR, unicode });
      return [plainText(name), valueText(size, at), bar];
    }),
  );
}

function table({ images, metrics }: Comparison): string {
  const [first, ...others] = images.map(({ name }) => plainText(name));
  return lines([
    ["", first ?? "", ...others.flatMap((name) => [name, ""])],
    ...metrics.map((metric) => [
      metric.title,
      valueText(metric, 0),
      ...others.flatMap((_name, at) => [valueText(metric, at + 1), ratioText(metric, at + 1)]),
    ]),
  ]);
}

function changesText(change: Comparison["changes"][number], look: CompareLook): string {
  const { from, to, gone, came, changed } = change;
  const head = `${plainText(from)} -> ${plainText(to)}\n`;
  if (gone.length + came.length + changed.length === 0)
    return `${head}\nno package and no folder differs in size, version or number of files\n`;
  const largest = Math.max(...[...gone, ...came, ...changed].map((group) => Math.abs(changedBytes(group))));
  const list = (title: string, groups: readonly GroupChange[]) =>
    groups.length === 0 ? [] : [listText(title, { groups, largest, look })];
  return [head, ...list("went away", gone), ...list("came", came), ...list("changed", changed)].join("\n");
}

function listText(
  title: string,
  {
    groups,
    largest,
    look: { top, unicode },
  }: { readonly groups: readonly GroupChange[]; readonly largest: number; readonly look: CompareLook },
): string {
  const rows = groups.slice(0, top).map((group) => {
    const bytes = changedBytes(group);
    const files = fileCount((group.after ?? group.before)?.files ?? 0);
    const bar = barText(Math.abs(bytes), { largest, columns: SHORT_BAR, unicode });
    return [`  ${signedSize(bytes)}`, bar, groupName(group), files];
  });
  const rest = groups.slice(top);
  const more = rest.length === 0 ? "" : `  and ${rest.length} more, ${signedSize(sum(rest))}\n`;
  return `${title}: ${signedSize(sum(groups))} in ${groupCount(groups)}\n${lines(rows)}${more}`;
}

function groupCount(groups: readonly GroupChange[]): string {
  const packages = groups.filter(({ kind }) => kind === "package").length;
  const folders = groups.length - packages;
  return [
    ...(packages > 0 ? [`${packages} ${packages === 1 ? "package" : "packages"}`] : []),
    ...(folders > 0 ? [`${folders} ${folders === 1 ? "folder" : "folders"}`] : []),
  ].join(", ");
}

function sum(groups: readonly GroupChange[]): number {
  return groups.reduce((total, group) => total + changedBytes(group), 0);
}

function lines(rows: readonly (readonly string[])[]): string {
  return `${alignColumns(rows.map((row) => row.join("\t"))).join("\n")}\n`;
}

/** One line for each image but the first, for a comment. */
export function compareLine({ images, metrics }: Comparison): string {
  const find = (id: string) => metrics.find((metric) => metric.id === id);
  const first = plainText(images[0]?.name ?? "");
  return images
    .slice(1)
    .map(({ name }, index) => {
      const at = index + 1;
      const told = (id: string, words: (value: string, ratio: string) => string) => {
        const metric = find(id);
        return metric ? [words(valueText(metric, at), ratioText(metric, at))] : [];
      };
      const facts = [
        ...told(
          "size",
          (value, ratio) => `${value} (${ratio === "" ? "the same as" : `${ratio} than`} ${first})`,
        ),
        ...told("compressed", (value) => `${value} compressed`),
        ...told("files", (value) => `${value} ${value === "1" ? "file" : "files"}`),
        ...told("packages", (value) => `${value} ${value === "1" ? "package" : "packages"}`),
        ...told("shells", (value) =>
          value === "0" ? "no shell" : `${value} ${value === "1" ? "shell" : "shells"}`,
        ),
        ...told("root", (value) => (value === "yes" ? "runs as root" : "does not run as root")),
        ...told("attack-surface", (value) => `attack surface ${value}`),
      ];
      return `${plainText(name)}: ${facts.join(", ")}\n`;
    })
    .join("");
}

/** Sizes of what went away and came, for a list's head. */
export function totalOf(groups: readonly GroupChange[]): string {
  return `${humanSize(Math.abs(sum(groups)))} in ${groupCount(groups)}`;
}

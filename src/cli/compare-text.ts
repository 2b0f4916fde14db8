import { changedBytes } from "../analysis/index.ts";
import type { Comparison, GroupChange } from "../api/index.ts";
import { barText } from "./bar.ts";
import { fileCount, groupName, ratioText, valueText } from "./compare-values.ts";
import { fitTable, type TextLook, widthWithout } from "./fit-table.ts";
import { alignColumns } from "./template.ts";
import { plainText, shorten, widthOf } from "./text.ts";
import { humanSize, signedSize } from "./units.ts";

/** How a comparison is written. */
export interface CompareLook extends TextLook {
  /** Rows of each list at most. */
  readonly top: number;
}

const BAR = 40;
const SHORT_BAR = 12;
/** Shorter bars tell nothing. */
const LEAST_BAR = 4;
/** Terminals of fewer columns have no room for bars beside names. */
const NARROW = 60;

/** For terminals and pipes: sizes as bars, the table, then what is gone, new and changed. No escape sequences. */
export function compareText(comparison: Comparison, look: CompareLook): string {
  const lists = comparison.changes.map((change) => changesText(change, look));
  return [sizeBars(comparison, look), table(comparison, look), ...lists].join("\n");
}

function sizeBars({ images, metrics }: Comparison, { columns, unicode }: CompareLook): string {
  const size = metrics.find(({ id }) => id === "size");
  if (!size) return "";
  const largest = Math.max(...size.values);
  const names = images.map(({ name }) => shorten(plainText(name), Math.floor((columns ?? Infinity) / 2)));
  const rows = names.map((name, at) => [name, valueText(size, at), ""]);
  const room = columns === undefined ? BAR : Math.min(BAR, columns - widthWithout(rows, 2));
  return lines(
    rows.map(([name = "", value = ""], at) => {
      const bar = barText(size.values[at] ?? 0, { largest, columns: room, unicode });
      return [name, value, ...(room < LEAST_BAR ? [] : [bar])];
    }),
  );
}

/** Where the terminal is too narrow for titles beside the values, they stand above them. */
function table({ images, metrics }: Comparison, { columns = Infinity }: CompareLook): string {
  const names = images.map(({ name }) => plainText(name));
  const rowOf = (values: (at: number) => readonly [value: string, ratio: string]) => {
    return names.flatMap((_name, at) => (at === 0 ? values(0).slice(0, 1) : values(at)));
  };
  const head = rowOf((at) => [names[at] ?? "", ""]);
  const rows = metrics.map((metric) => rowOf((at) => [valueText(metric, at), ratioText(metric, at)]));
  const whole = [["", ...head], ...rows.map((row, at) => [metrics[at]?.title ?? "", ...row])];
  if (widthWithout(whole, -1) <= columns) return lines(whole);
  const most = Math.max(LEAST_NAME, Math.floor(columns / (names.length + 1)) - 2);
  const below = alignColumns(
    [head.map((name) => shorten(name, most)), ...rows].map((row) => `  ${row.join("\t")}`),
  );
  if (below.every((row) => widthOf(row) <= columns))
    return `${below.flatMap((row, at) => (at === 0 ? [row] : [metrics[at - 1]?.title ?? "", row])).join("\n")}\n`;
  return tableByImage({ names, metrics, columns });
}

/** For several images in a narrow terminal: a line for each of them below each title. */
function tableByImage({
  names,
  metrics,
  columns,
}: Pick<Comparison, "metrics"> & { readonly names: readonly string[]; readonly columns: number }): string {
  const rows = metrics.flatMap((metric) =>
    names.map((name, at) => [`  ${name}`, valueText(metric, at), at === 0 ? "" : ratioText(metric, at)]),
  );
  const cells = fitTable(rows, { columns, flexible: 0 });
  const lines = cells.map((row, at) =>
    at % names.length === 0 ? [metrics[at / names.length]?.title ?? "", row] : [row],
  );
  return `${lines.flat().join("\n")}\n`;
}

const LEAST_NAME = 6;

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
    look: { top, unicode, columns },
  }: { readonly groups: readonly GroupChange[]; readonly largest: number; readonly look: CompareLook },
): string {
  const isNarrow = columns !== undefined && columns < NARROW;
  const rows = groups.slice(0, top).map((group) => {
    const bytes = changedBytes(group);
    const [size, name] = [`  ${signedSize(bytes)}`, groupName(group)];
    if (isNarrow) return [size, name];
    const bar = barText(Math.abs(bytes), { largest, columns: SHORT_BAR, unicode });
    return [size, bar, name, fileCount((group.after ?? group.before)?.files ?? 0)];
  });
  const rest = groups.slice(top);
  const more = rest.length === 0 ? "" : `  and ${rest.length} more, ${signedSize(sum(rest))}\n`;
  return `${title}: ${signedSize(sum(groups))} in ${groupCount(groups)}\n${fitTable(rows, { columns, flexible: isNarrow ? 1 : 2 }).join("\n")}\n${more}`;
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

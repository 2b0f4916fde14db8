import type { CauseKind, ImageWeight, WeightRow } from "../api/index.ts";
import { fitTable, type TextLook } from "./fit-table.ts";
import { plainText, shorten } from "./text.ts";
import { humanSize } from "./units.ts";

/**
 * Where an image's bytes are from, as a table with a sum for each kind below it; ends with a line feed. Causes are cut to
 * the terminal's width.
 */
export function weightTable(
  { rows, size, unexplained, image }: ImageWeight,
  { columns }: Pick<TextLook, "columns"> = {},
): string {
  const lines = rows.map((row) => [
    humanSize(row.size),
    share(row.size, size),
    String(row.files),
    layers(row),
    row.kind,
    label(row, WIDTH),
  ]);
  const isNarrow = columns !== undefined && columns < NARROW;
  const shown = [HEADERS, ...lines].map((row) => (isNarrow ? [0, 1, 5].map((at) => row[at] ?? "") : row));
  const table = fitTable(shown, { columns, flexible: isNarrow ? 2 : 5 });
  const kinds = sums(rows).map(([kind, sum]) => `${KINDS[kind]} ${humanSize(sum)}`);
  const hidden = rows.reduce((sum, row) => sum + row.hidden, 0);
  return [
    ...table,
    "",
    `${plainText(image)}: ${humanSize(size)}${kinds.length > 0 ? `: ${kinds.join(", ")}` : ""}`,
    ...(hidden > 0 ? [`of these hidden by later layers: ${humanSize(hidden)}`] : []),
    `unexplained: ${humanSize(unexplained).replace(/(?<=\d)(?=[A-Za-z])/, " ")}`,
    "",
  ].join("\n");
}

/** The same as a table in Markdown, for a comment or a page. */
export function weightMarkdown({ rows, size, unexplained, image }: ImageWeight): string {
  const lines = rows.map(
    (row) =>
      `| ${humanSize(row.size)} | ${share(row.size, size)} | ${row.files} | ${row.kind} | ${escaped(label(row, 200))} |`,
  );
  return [
    `**${escaped(plainText(image))}**: ${humanSize(size)}, unexplained: ${humanSize(unexplained)}`,
    "",
    "| size | share | files | kind | cause |",
    "| ---: | ---: | ---: | --- | --- |",
    ...lines,
    "",
  ].join("\n");
}

const HEADERS = ["SIZE", "SHARE", "FILES", "LAYER", "KIND", "CAUSE"] as const;
const WIDTH = 100;
/** Terminals of fewer columns have no room for anything but sizes and causes. */
const NARROW = 72;

const KINDS: Readonly<Record<CauseKind, string>> = {
  package: "packages",
  copy: "COPY and ADD",
  run: "RUN",
  composition: "composition",
  other: "other layers",
  unexplained: "unexplained",
};

function sums(rows: readonly WeightRow[]): readonly (readonly [CauseKind, number])[] {
  const found = new Map<CauseKind, number>();
  for (const { kind, size } of rows) found.set(kind, (found.get(kind) ?? 0) + size);
  return [...found].filter(([, sum]) => sum > 0).sort((a, b) => b[1] - a[1]);
}

function share(part: number, whole: number): string {
  return whole === 0 ? "0%" : `${((100 * part) / whole).toFixed(1)}%`;
}

/** Layers count from 1 for people. */
function layers({ layers: numbers }: WeightRow): string {
  const [first, ...more] = numbers.map((number) => number + 1);
  if (first === undefined) return "-";
  return more.length === 0 ? String(first) : `${first}…${more.at(-1)}`;
}

function label({ title, place, purl, kind }: WeightRow, columns: number): string {
  const type = kind === "package" ? /^pkg:([a-z]+)\//.exec(purl ?? "")?.[1] : undefined;
  const where = [place, type === "deb" ? undefined : type].filter((part) => part !== undefined).join(", ");
  const shown = plainText(title.replaceAll("\n", " "));
  return `${shorten(shown, columns)}${where === "" ? "" : ` (${plainText(where)})`}`;
}

function escaped(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, "\\$&");
}

import { compileTemplate } from "./template-evaluate.ts";
import { FUNCTIONS, type TemplateFunction } from "./template-functions.ts";
import { isList, printed, type Value } from "./template-values.ts";
import { fit, widthOf } from "./text.ts";

/** A row's fields by the names that templates use. */
export type Row = Readonly<Record<string, string>>;

/** Renders rows by a template. */
export interface Template {
  /** Whether columns are aligned below a header. */
  readonly table: boolean;
  readonly header: string;
  render(row: Row): string;
}

/**
 * A Go template for rows, as people use them with `--format`: `{{.Field}}`, `{{json .}}`, text with `\t` and `\n`;
 * `table ` in front aligns columns and adds a header. `user-bad-flag` with the place of what is wrong, naming the fields
 * that there are for an unknown one.
 */
export function parseTemplate(text: string, headers: Row): Template {
  const table = text.startsWith("table ");
  const body = (table ? text.slice("table ".length) : text).replaceAll("\\t", "\t").replaceAll("\\n", "\n");
  const template = compileTemplate(body);
  // Unknown fields are told even when there are no rows.
  const header = template.render(headers, HEADER_FUNCTIONS);
  return { table, header, render: (row) => template.render(row) };
}

/** In a header, what only changes how a value looks leaves the column's name as it is. */
const HEADER_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  ...FUNCTIONS,
  ...Object.fromEntries(["lower", "upper", "title", "truncate", "slice"].map((name) => [name, keepFirst])),
  json: (value) => (typeof value === "string" ? value : ""),
  split: (value) => [value],
  join: (list) => (isList(list) ? list.map(printed).join("") : list),
};

function keepFirst(value: Value): Value {
  return value;
}

/** Lines of cells, separated by tabs, as aligned columns with three spaces between them. */
export function alignColumns(lines: readonly string[]): readonly string[] {
  const rows = lines.map((line) => line.split("\t"));
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : fit(cell, (widths[index] ?? 0) + 3)))
      .join("")
      .trimEnd(),
  );
}

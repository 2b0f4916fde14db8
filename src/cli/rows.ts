import { oneLine } from "../text/index.ts";
import { alignColumns, parseTemplate, type Row, type Template } from "./template.ts";

/** How rows are printed. */
export interface RowStyle {
  /** `table` (the columns of `columns`, also for ""), `json`, or a template of its own. */
  readonly format?: string | undefined;
  /** Templates of the columns: `{{.ID}}`. */
  readonly columns: readonly string[];
  readonly headers: Row;
}

/** Prints rows as `--format` says, every value on one line: in JSON by its escapes, else by spaces. */
export function printRows(
  rows: readonly Row[],
  { out, ...style }: RowStyle & { readonly out: (text: string) => void },
): void {
  const template = rowTemplate(style);
  const lines = rows.map((row) => template.render(style.format === "json" ? row : shownRow(row)));
  for (const line of template.table ? alignColumns([template.header, ...lines]) : lines) out(`${line}\n`);
}

/** What others have written is in many values, and must not steer the terminal. */
export function shownRow(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, oneLine(value)]));
}

/** The template for `--format`; `user-bad-flag` for one that can not be, before anything is asked for. */
export function rowTemplate({ format = "table", columns, headers }: RowStyle): Template {
  if (format === "json") return parseTemplate("{{json .}}", headers);
  const isTable = format === "table" || format === "";
  return parseTemplate(isTable ? `table ${columns.join("\t")}` : format, headers);
}

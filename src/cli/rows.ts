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
  const shown = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, oneLine(value)]));
  const labels = Object.getOwnPropertyDescriptor(row, LABEL);
  return labels ? Object.defineProperty(shown, LABEL, labels) : shown;
}

const LABEL = "Label";

/** The same row with a method `Label` for templates, which JSON does not show: a label's value, or nothing. */
export function withLabels(row: Row, labels: Readonly<Record<string, string>>): Row {
  const value = (name: string) => (Object.hasOwn(labels, name) ? oneLine(labels[name] ?? "") : "");
  return withMethod(row, value);
}

/** Headers, in which a label's is the last part of its name. */
export function withLabelHeader(headers: Row): Row {
  return withMethod(headers, (name) => (name.split(".").at(-1) ?? "").replaceAll(/[-_]/g, " "));
}

function withMethod(row: Row, value: (name: string) => string): Row {
  const map = Object.assign(new Map<string, string>(), { get: value, has: () => true });
  return Object.defineProperty({ ...row }, LABEL, { value: map });
}

/** The template for `--format`; `user-bad-flag` for one that can not be, before anything is asked for. */
export function rowTemplate({ format = "table", columns, headers }: RowStyle): Template {
  if (format === "json") return parseTemplate("{{json .}}", headers);
  const isTable = format === "table" || format === "";
  return parseTemplate(isTable ? `table ${columns.join("\t")}` : format, headers);
}

import { alignColumns, parseTemplate, type Row } from "./template.ts";

/** Prints rows as `--format` says: `table` (the columns of `columns`), `json`, or a template of its own. */
export function printRows(
  rows: readonly Row[],
  {
    format = "table",
    columns,
    headers,
    out,
  }: {
    readonly format?: string | undefined;
    /** Templates of the columns: `{{.ID}}`. */
    readonly columns: readonly string[];
    readonly headers: Row;
    readonly out: (text: string) => void;
  },
): void {
  const template = parseTemplate(templateText(format, columns), headers);
  const lines = rows.map(template.render);
  for (const line of template.table ? alignColumns([template.header, ...lines]) : lines) out(`${line}\n`);
}

function templateText(format: string, columns: readonly string[]): string {
  if (format === "json") return "{{json .}}";
  return format === "table" || format === "" ? `table ${columns.join("\t")}` : format;
}

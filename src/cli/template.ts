import { TareError } from "../api/index.ts";

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
 * The part of Go templates that people use with `--format`: `{{.Field}}`, `{{json .}}`, `{{json .Field}}`,
 * text with `\t` and `\n`; `table ` in front aligns columns and adds a header. An unknown field is
 * `user-bad-flag` naming the fields that there are.
 */
export function parseTemplate(text: string, headers: Row): Template {
  const table = text.startsWith("table ");
  const body = (table ? text.slice("table ".length) : text).replaceAll("\\t", "\t").replaceAll("\\n", "\n");
  const parts = body.split(/(\{\{.*?\}\})/);
  const compiled = parts.map((part) =>
    part.startsWith("{{") ? compile(part.slice(2, -2).trim(), headers) : () => part,
  );
  return {
    table,
    header: parts.map((part) => (part.startsWith("{{") ? (headers[fieldIn(part)] ?? "") : part)).join(""),
    render: (row) => compiled.map((piece) => piece(row)).join(""),
  };
}

function compile(expression: string, headers: Row): (row: Row) => string {
  if (expression === "json .") return (row) => JSON.stringify(row);
  const match = /^(json )?\.(\w+)$/.exec(expression);
  const field = match?.[2] ?? "";
  if (!match || !Object.hasOwn(headers, field))
    throw new TareError("user-bad-flag", `unknown template expression {{${expression}}}`, {
      hint: `the fields are ${Object.keys(headers)
        .map((name) => `.${name}`)
        .join(" ")}; {{json .}} gives all`,
    });
  return match[1] ? (row) => JSON.stringify(row[field]) : (row) => row[field] ?? "";
}

function fieldIn(part: string): string {
  return /\.(\w+)/.exec(part)?.[1] ?? "";
}

/** Lines of cells, separated by tabs, as aligned columns with three spaces between them. */
export function alignColumns(lines: readonly string[]): readonly string[] {
  const rows = lines.map((line) => line.split("\t"));
  const widths: number[] = [];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd((widths[index] ?? 0) + 3)))
      .join("")
      .trimEnd(),
  );
}

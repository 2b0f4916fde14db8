import type { JSX } from "preact";

/** What a column is called and how it looks. */
export interface ColumnLook {
  readonly title: string;
  readonly isNumber?: boolean;
  /** Left out where the screen is narrow. */
  readonly isExtra?: boolean;
}

/** The classes of a column's cells. */
export function columnClass({ isNumber, isExtra }: Omit<ColumnLook, "title">): string {
  return `${isNumber ? "number" : ""} ${isExtra ? "wide" : ""}`.trim();
}

/** The head of a table that nobody sorts. */
export function HeadRow({ columns }: { readonly columns: readonly ColumnLook[] }): JSX.Element {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column.title} scope="col" class={columnClass(column)}>
            {column.title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

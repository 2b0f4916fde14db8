import type { ComponentChildren, JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { type ColumnLook, columnClass } from "./head-row.tsx";
import { Scroll } from "./scroll.tsx";

export interface Column<Key extends string> extends ColumnLook {
  readonly key: Key;
}

export interface Sorting<Key extends string> {
  readonly key: Key;
  readonly down: boolean;
}

export interface VirtualTableProps<Key extends string> {
  readonly label: string;
  /** What it holds, for the widths of its columns. */
  readonly kind: "files" | "packages";
  readonly columns: readonly Column<Key>[];
  readonly count: number;
  readonly cell: (row: number, key: Key) => ComponentChildren;
  readonly sorting: Sorting<Key>;
  readonly onSort: (sorting: Sorting<Key>) => void;
}

const ROW = 36;
const ROOM = 14;
const SPARE = 8;

/** A table of any length that draws only the rows in sight; the first column is what a row is called. */
export function VirtualTable<Key extends string>(props: VirtualTableProps<Key>): JSX.Element {
  const { label, kind, columns, count, cell, sorting, onSort } = props;
  const box = useRef<HTMLElement>(null);
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.min(Math.floor(top / ROW) - SPARE, count - 1));
  const last = Math.min(count, first + ROOM + 2 * SPARE + 2);
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at);
  const sort = (key: Key, isNumber: boolean) => {
    box.current?.scrollTo({ top: 0 });
    onSort({ key, down: sorting.key === key ? !sorting.down : isNumber });
  };
  return (
    <Scroll label={label} box={box} height={ROW * (ROOM + 1)} onScroll={setTop}>
      <div style={{ paddingTop: `${first * ROW}px`, paddingBottom: `${(count - last) * ROW}px` }}>
        <table class={`rows ${kind}`} aria-rowcount={count + 1}>
          <thead>
            <tr aria-rowindex={1}>
              {columns.map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  class={columnClass(column)}
                  aria-sort={orderOf(sorting, column.key)}
                >
                  <button type="button" onClick={() => sort(column.key, column.isNumber ?? false)}>
                    {column.title}
                    <i aria-hidden="true">{arrowOf(sorting, column.key)}</i>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row} aria-rowindex={row + 2}>
                {columns.map((column, at) =>
                  at === 0 ? (
                    <th key={column.key} scope="row" class={columnClass(column)}>
                      {cell(row, column.key)}
                    </th>
                  ) : (
                    <td key={column.key} class={columnClass(column)}>
                      {cell(row, column.key)}
                    </td>
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Scroll>
  );
}

function orderOf(sorting: Sorting<string>, key: string): "ascending" | "descending" | "none" {
  if (sorting.key !== key) return "none";
  return sorting.down ? "descending" : "ascending";
}

function arrowOf(sorting: Sorting<string>, key: string): string {
  if (sorting.key !== key) return "";
  return sorting.down ? "▾" : "▴";
}

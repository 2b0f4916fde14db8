import type { JSX } from "preact";
import { type ColumnLook, HeadRow } from "./head-row.tsx";
import { Meter } from "./meter.tsx";
import { bytes, count, share } from "./model/format.ts";
import type { Part } from "./model/tree.ts";
import { Scroll } from "./scroll.tsx";

const MOST = 200;

const COLUMNS: readonly ColumnLook[] = [
  { title: "Name" },
  { title: "Size", isNumber: true },
  { title: "Share", isNumber: true },
  { title: "Files", isNumber: true, isExtra: true },
];

/** The same as the map, for those who rather read: what is in a part, largest first. */
export function PartTable({
  part,
  matched,
  onZoom,
}: {
  readonly part: Part;
  readonly matched: ReadonlyMap<Part, number> | undefined;
  readonly onZoom: (part: Part) => void;
}): JSX.Element {
  const all = matched ? part.children.filter((child) => matched.has(child)) : part.children;
  const largest = all[0]?.size ?? 0;
  return (
    <Scroll label={`What is in ${part.name}`}>
      <table class="parts">
        <HeadRow columns={COLUMNS} />
        <tbody>
          {all.slice(0, MOST).map((child, at) => (
            <tr key={at}>
              <th scope="row">
                {child.children.length > 0 ? (
                  <button type="button" onClick={() => onZoom(child)}>
                    {child.name}
                  </button>
                ) : (
                  child.name
                )}
                <Meter value={child.size} most={largest} />
              </th>
              <td class="number">{bytes(child.size)}</td>
              <td class="number">{share(child.size, part.size)}</td>
              <td class="number wide">{count(child.files)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {all.length > MOST && <p class="quiet">and {count(all.length - MOST)} smaller ones</p>}
    </Scroll>
  );
}

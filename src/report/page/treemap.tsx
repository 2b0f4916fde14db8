import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Cell, cellsOf, neighbour } from "./model/cells.ts";
import { bytes, counted, share } from "./model/format.ts";
import type { Part } from "./model/tree.ts";
import { useWidth } from "./use-size.ts";

export interface TreemapProps {
  readonly part: Part;
  /** Bytes that the search has found in each part; absent without a search. */
  readonly matched: ReadonlyMap<Part, number> | undefined;
  readonly onZoom: (part: Part) => void;
  /** Somebody points at a part, or at none. */
  readonly onLook: (part: Part | undefined) => void;
}

/** Areas as large as what they stand for. One of them is in the order of the Tab key; arrow keys walk to the others. */
export function Treemap({ part, matched, onZoom, onLook }: TreemapProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const height = part.size > 0 ? heightFor(width) : EMPTY;
  const cells = useMemo(() => (width > 0 ? cellsOf(part, { width, height }) : []), [part, width, height]);
  const [current, setCurrent] = useState(0);
  const inside = useRef(false);
  useLayoutEffect(() => setCurrent(0), [part]);
  useLayoutEffect(() => {
    // Where somebody walks with keys, the focus goes along into what was opened, before the next key is pressed.
    if (inside.current) focusCell(box.current, 0);
  }, [cells]);

  function walk(event: KeyboardEvent): void {
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      const next = neighbour(cells, current, event.key);
      setCurrent(next);
      focusCell(box.current, next);
    } else if ((event.key === "Escape" || event.key === "Backspace") && part.parent) {
      event.preventDefault();
      onZoom(part.parent);
    }
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
    <div
      ref={box}
      class="treemap"
      role="group"
      aria-label={`Map of ${part.name}: arrow keys walk, Enter opens, Escape goes back`}
      style={{ height: `${height}px` }}
      onKeyDown={walk}
      onFocusIn={() => {
        inside.current = true;
      }}
      onFocusOut={(event) => {
        inside.current = box.current?.contains(event.relatedTarget as Node | null) ?? false;
      }}
      onMouseLeave={() => onLook(undefined)}
    >
      {cells.map((cell, place) => (
        <Area
          key={place}
          cell={cell}
          whole={part}
          isCurrent={place === Math.min(current, cells.length - 1)}
          isDimmed={matched !== undefined && !matched.has(cell.part) && cell.part.kind !== "rest"}
          onOpen={() => cell.part.children.length > 0 && onZoom(cell.part)}
          onLook={() => onLook(cell.part)}
          onFocus={() => {
            setCurrent(place);
            onLook(cell.part);
          }}
        />
      ))}
      {width > 0 && cells.length === 0 && <p class="empty">There is nothing in it.</p>}
    </div>
  );
}

function focusCell(box: HTMLElement | null, place: number): void {
  (box?.children[place] as HTMLElement | undefined)?.focus();
}

const EMPTY = 110;

/** Wide on a desk, nearly square in the hand. */
function heightFor(width: number): number {
  return width < 600 ? Math.round(width * 1.15) : Math.min(620, Math.round(width * 0.5));
}

interface AreaProps {
  readonly cell: Cell;
  readonly whole: Part;
  readonly isCurrent: boolean;
  readonly isDimmed: boolean;
  readonly onOpen: () => void;
  readonly onLook: () => void;
  readonly onFocus: () => void;
}

function Area({ cell, whole, isCurrent, isDimmed, onOpen, onLook, onFocus }: AreaProps): JSX.Element {
  const { part, x, y, width, height, hue, depth, isOpen } = cell;
  const hasName = width > 36 && height > 15;
  const classes = [
    "area",
    part.kind === "rest" ? "rest" : `hue${hue % 8}`,
    `deep${depth}`,
    isOpen ? "open" : "",
    isDimmed ? "dimmed" : "",
    part.children.length > 0 ? "zooms" : "",
    hasName ? "" : "bare",
  ];
  const hasSize = width > 60 && (isOpen || height > 34);
  const kind = part.children.length > 0 ? `${counted(part.files, "file")}, opens` : part.kind;
  return (
    <button
      type="button"
      class={classes.filter(Boolean).join(" ")}
      tabIndex={isCurrent ? 0 : -1}
      style={{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` }}
      onClick={onOpen}
      onMouseEnter={onLook}
      onFocus={onFocus}
    >
      <b class={hasName ? "" : "hidden"}>{part.name}</b>
      <span class={hasSize ? "" : "hidden"}>{bytes(part.size)}</span>
      <span class="hidden">{`, ${share(part.size, whole.size)}, ${kind}`}</span>
    </button>
  );
}

import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ReportChanges, ReportData, ReportImage, ReportMetric, ReportMoves } from "../data.ts";
import { Meter } from "./meter.tsx";
import { bytes, change, count, counted } from "./model/format.ts";
import { piecesOf } from "./model/pieces.ts";
import { metricText } from "./overview.tsx";
import { Legend, Stack } from "./pieces.tsx";
import { Section } from "./section.tsx";

/** Images side by side: a bar for every number, against the largest of its row. */
export function Compare({
  data: { images, changes: all },
  place,
}: {
  readonly data: ReportData;
  /** Which one is looked at; the first one is held against the last. */
  readonly place: number;
}): JSX.Element {
  const other = place === 0 ? images.length - 1 : place;
  const [first, last] = [images[0] as ReportImage, images[other] as ReportImage];
  const changes = all[other - 1];
  const { rows, none } = rowsOf(images);
  return (
    <Section id="compare" title="Before and after" lead={`What changed from ${first.name} to ${last.name}.`}>
      <Bars images={images} />
      <table class="compare">
        <thead>
          <tr>
            <th scope="col">Fact</th>
            {images.map(({ name }, at) => (
              <th scope="col" key={at}>
                {name}
              </th>
            ))}
            <th scope="col">Change</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, cells }) => (
            <Row key={label} label={label} cells={cells} images={images} other={other} />
          ))}
        </tbody>
      </table>
      {none.length > 0 && <p class="none">In none of them: {none.join(", ")}.</p>}
      {changes && <Moves changes={changes} />}
    </Section>
  );
}

/** The sizes themselves, as long as they are large, in what they are made of. */
function Bars({ images }: { readonly images: readonly ReportImage[] }): JSX.Element {
  const pieces = useMemo(() => piecesOf(images), [images]);
  const most = Math.max(1, ...images.map(({ size }) => size));
  const named = new Map(
    pieces.flat().flatMap((piece) => (piece.hue === undefined ? [] : [[piece.name, piece]])),
  );
  return (
    <figure class="bars">
      {images.map(({ name, size }, at) => (
        <div key={at}>
          <p>
            <b>{name}</b> <span>{bytes(size)}</span>
          </p>
          <Stack pieces={pieces[at] ?? []} percent={(100 * size) / most} />
        </div>
      ))}
      <Legend pieces={[...named.values()]} />
    </figure>
  );
}

interface Compared {
  readonly label: string;
  /** One an image; undefined where the fact is not known. */
  readonly cells: readonly (ReportMetric | undefined)[];
}

/** The facts that any image has something of, and what is good to have nothing of where none has. */
function rowsOf(images: readonly ReportImage[]): {
  readonly rows: readonly Compared[];
  readonly none: readonly string[];
} {
  const metrics = new Map(images.flatMap((image) => image.metrics.map(({ id, label }) => [id, label])));
  const all = [...metrics].map(([id, label]) => ({
    label,
    cells: images.map((image) => image.metrics.find((metric) => metric.id === id)),
  }));
  const isNone = ({ cells }: Compared) => cells.every((cell) => cell?.value === 0);
  const none = all.filter((row) => isNone(row) && row.cells[0]?.tone === "good");
  return { rows: all.filter((row) => !isNone(row)), none: none.map(({ label }) => label) };
}

function Row({
  label,
  cells,
  images,
  other,
}: Compared & { readonly images: readonly ReportImage[]; readonly other: number }): JSX.Element {
  const most = Math.max(0, ...cells.map((cell) => numberOf(cell) ?? 0));
  const [before, after] = [numberOf(cells[0]), numberOf(cells[other])];
  const both = before !== undefined && after !== undefined;
  return (
    <tr>
      <th scope="row">{label}</th>
      {cells.map((cell, at) => (
        <td key={at} data-name={images[at]?.name}>
          {cell ? metricText(cell) : "–"}
          {numberOf(cell) !== undefined && (
            <Meter value={numberOf(cell) as number} most={most} kind={at === 0 ? "before" : "after"} />
          )}
        </td>
      ))}
      <td class={`change ${both && cells[0]?.isBurden ? toneOf(before, after) : ""}`} data-name="Change">
        {both ? change(before, after) : ""}
      </td>
    </tr>
  );
}

function numberOf(metric: ReportMetric | undefined): number | undefined {
  return typeof metric?.value === "number" ? metric.value : undefined;
}

function toneOf(before: number, after: number): string {
  if (before === after) return "";
  return after < before ? "good" : "warn";
}

/** What went, and what came: packages, and folders of what is in none. */
function Moves({ changes: { gone, came } }: { readonly changes: ReportChanges }): JSX.Element | null {
  if (gone.count === 0 && came.count === 0) return null;
  return (
    <div class="moves">
      <MoveList title="gone" moves={gone} tone="good" />
      <MoveList title="new" moves={came} tone="warn" />
    </div>
  );
}

function MoveList({
  title,
  moves: { count: all, size, largest },
  tone,
}: {
  readonly title: string;
  readonly moves: ReportMoves;
  readonly tone: string;
}): JSX.Element {
  return (
    <div>
      <h3>
        {counted(all, "package")} or {all === 1 ? "folder" : "folders"} {title}
        {all > 0 && <span class={tone}> {bytes(size)}</span>}
      </h3>
      <ul>
        {largest.map(({ name, version, size: own }) => (
          <li key={name}>
            <span>
              {name} <span class="quiet">{version}</span>
            </span>
            <b>{bytes(own)}</b>
          </li>
        ))}
        {all > largest.length && <li class="quiet">and {count(all - largest.length)} more</li>}
      </ul>
    </div>
  );
}

import type { JSX } from "preact";
import type { ReportImage, ReportMetric } from "../data.ts";
import { change } from "./model/format.ts";
import { metricText } from "./overview.tsx";
import { Section } from "./section.tsx";

/** Images side by side: a bar for every number, against the largest of its row. */
export function Compare({ images }: { readonly images: readonly ReportImage[] }): JSX.Element {
  const [first, last] = [images[0] as ReportImage, images.at(-1) as ReportImage];
  const rows = rowsOf(images);
  return (
    <Section id="compare" title="Before and after" lead={`What changed from ${first.name} to ${last.name}.`}>
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
            <Row key={label} label={label} cells={cells} images={images} />
          ))}
        </tbody>
      </table>
    </Section>
  );
}

interface Compared {
  readonly label: string;
  /** One an image; undefined where the fact is not known. */
  readonly cells: readonly (ReportMetric | undefined)[];
}

function rowsOf(images: readonly ReportImage[]): readonly Compared[] {
  const size = images.map(
    (image): ReportMetric => ({
      label: "On disk",
      value: image.size,
      unit: "bytes",
      isBurden: true,
    }),
  );
  const labels = new Set(images.flatMap(({ metrics }) => metrics.map(({ label }) => label)));
  const others = [...labels].map((label) => ({
    label,
    cells: images.map(({ metrics }) => metrics.find((metric) => metric.label === label)),
  }));
  return [{ label: "On disk", cells: size }, ...others];
}

function Row({ label, cells, images }: Compared & { readonly images: readonly ReportImage[] }): JSX.Element {
  const most = Math.max(0, ...cells.map((cell) => numberOf(cell) ?? 0));
  const [before, after] = [numberOf(cells[0]), numberOf(cells.at(-1))];
  const both = before !== undefined && after !== undefined;
  return (
    <tr>
      <th scope="row">{label}</th>
      {cells.map((cell, at) => (
        <td key={at} data-name={images[at]?.name}>
          {cell ? metricText(cell) : "–"}
          {numberOf(cell) !== undefined && (
            <i class={`meter ${at === 0 ? "before" : "after"}`} aria-hidden="true">
              <i style={{ width: `${most > 0 ? (100 * (numberOf(cell) as number)) / most : 0}%` }} />
            </i>
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

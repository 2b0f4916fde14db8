import type { JSX } from "preact";
import type { ReportImage } from "../data.ts";
import { type ColumnLook, HeadRow } from "./head-row.tsx";
import { Meter } from "./meter.tsx";
import { bytes, count, counted, share } from "./model/format.ts";
import { Scroll } from "./scroll.tsx";
import { Section } from "./section.tsx";

const COLUMNS: readonly ColumnLook[] = [
  { title: "Layer" },
  { title: "Size", isNumber: true },
  { title: "Covered", isNumber: true, isExtra: true },
  { title: "Files", isNumber: true, isExtra: true },
];

/** The layers from the bottom on, and how much of each is covered by those above it. */
export function LayerTable({ image }: { readonly image: ReportImage }): JSX.Element {
  const { layers } = image;
  const hidden = layers.reduce((sum, { size, visible }) => sum + Math.max(0, size - visible), 0);
  const lead =
    hidden > 0
      ? `${counted(layers.length, "layer")}; ${bytes(hidden)} in them are covered by later layers and only cost space.`
      : `${counted(layers.length, "layer")}; every byte in them is seen.`;
  return (
    <Section id="layers" title="Layers" lead={lead}>
      <Scroll label="Table of layers">
        <table class="rows layers">
          <HeadRow columns={COLUMNS} />
          <tbody>
            {layers.map((layer, at) => (
              <tr key={at}>
                <th scope="row">
                  <span class="title" title={layer.title}>
                    <span class="quiet">{at + 1}</span> {layer.title}
                  </span>
                  {layer.cause?.place !== undefined && <span class="place">{layer.cause.place}</span>}
                  <Meter value={layer.size} most={image.size} />
                </th>
                <td class="number">{bytes(layer.size)}</td>
                <td class="number wide">{coveredText(layer)}</td>
                <td class="number wide">{count(layer.files)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </Section>
  );
}

function coveredText({ size, visible }: ReportImage["layers"][number]): string {
  const covered = Math.max(0, size - visible);
  return covered === 0 ? "–" : `${bytes(covered)} (${share(covered, size)})`;
}

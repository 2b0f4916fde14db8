import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ReportImage, ReportMetric } from "../data.ts";
import { bytes, change, count } from "./model/format.ts";
import { piecesOf } from "./model/pieces.ts";
import { Legend, Stack } from "./pieces.tsx";

/** The image in one look: how big, made of what, and the facts that people ask for first. */
export function Overview({
  image,
  images,
}: {
  readonly image: ReportImage;
  readonly images: readonly ReportImage[];
}): JSX.Element {
  const first = images[0] as ReportImage;
  const [number, unit] = bytes(image.size).split(" ");
  return (
    <section class="overview" aria-labelledby="image-name">
      <div class="hero">
        <div>
          <h1 id="image-name">{image.name}</h1>
          <p class="facts">
            <span>{image.platform}</span>
            {image.created && <time dateTime={image.created}>{image.created.slice(0, 10)}</time>}
            <code title={image.id}>{image.id.replace("sha256:", "").slice(0, 12)}</code>
          </p>
        </div>
        <p class="weight">
          <b>{number}</b> <span>{unit} on disk</span>
          {first !== image && first.size !== image.size && (
            <em class={image.size < first.size ? "good" : "warn"}>
              {change(first.size, image.size, ["smaller", "larger"])} than {first.name}
            </em>
          )}
        </p>
      </div>
      <Composition image={image} />
      <dl class="tiles">
        {TILES.flatMap((id) => image.metrics.filter((metric) => metric.id === id)).map((metric) => (
          <Tile key={metric.id} metric={metric} />
        ))}
      </dl>
    </section>
  );
}

/** The facts that people ask for first. */
const TILES = [
  "compressed",
  "layers",
  "files",
  "packages",
  "executables",
  "libraries",
  "attack-surface",
  "shells",
  "package-managers",
  "setuid",
  "secrets",
  "root",
  "hidden",
  "duplicate",
];

function Tile({ metric }: { readonly metric: ReportMetric }): JSX.Element {
  return (
    <div class={`tile ${metric.tone ?? ""}`}>
      <dt>{metric.label}</dt>
      <dd>{metricText(metric)}</dd>
    </div>
  );
}

export function metricText({ value, unit, isEstimated }: ReportMetric): string {
  if (typeof value === "string") return value;
  return `${isEstimated ? "≈ " : ""}${unit === "bytes" ? bytes(value) : count(value)}`;
}

/** One bar of what the image is made of, largest first. */
function Composition({ image }: { readonly image: ReportImage }): JSX.Element | null {
  const pieces = useMemo(() => piecesOf([image])[0] ?? [], [image]);
  if (pieces.length === 0) return null;
  return (
    <figure class="composition">
      <figcaption>Made of</figcaption>
      <Stack pieces={pieces} />
      <Legend pieces={pieces} whole={image.size} />
    </figure>
  );
}

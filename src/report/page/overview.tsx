import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { ReportImage, ReportMetric } from "../data.ts";
import { bytes, change, count, share } from "./model/format.ts";
import { type Part, treeOf } from "./model/tree.ts";

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
        {image.metrics.map((metric) => (
          <Tile key={metric.label} metric={metric} />
        ))}
      </dl>
    </section>
  );
}

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

const SHOWN = 7;

/** One bar of what the image is made of, largest first. */
function Composition({ image }: { readonly image: ReportImage }): JSX.Element | null {
  const parts = useMemo(() => mainParts(image), [image]);
  if (parts.length === 0) return null;
  return (
    <figure class="composition">
      <figcaption>Made of</figcaption>
      <div class="stack" aria-hidden="true">
        {parts.map(({ name, size }, hue) => (
          <i key={name} class={`hue${hue % 8}`} style={{ flexGrow: size }} />
        ))}
      </div>
      <ul>
        {parts.map(({ name, size }, hue) => (
          <li key={name}>
            <i class={`hue${hue % 8}`} aria-hidden="true" />
            <b>{name}</b> {bytes(size)} <span>{share(size, image.size)}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

type Share = Pick<Part, "name" | "size">;

function mainParts(image: ReportImage): readonly Share[] {
  const view = image.packages.length > 0 ? "package" : "folder";
  const all = treeOf(image, view).children.filter(({ size }) => size > 0);
  if (all.length <= SHOWN) return all;
  const size = all.slice(SHOWN - 1).reduce((sum, part) => sum + part.size, 0);
  return [...all.slice(0, SHOWN - 1), { name: `${all.length - SHOWN + 1} others`, size }];
}

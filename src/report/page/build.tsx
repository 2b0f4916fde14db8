import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { ReportBuild, ReportImage } from "../data.ts";
import { bytes, duration, share } from "./model/format.ts";
import { leftBehind, type StageBox, stageGraph } from "./model/stages.ts";
import { Scroll } from "./scroll.tsx";
import { Section } from "./section.tsx";
import { useWidth } from "./use-size.ts";
import { Waterfall } from "./waterfall.tsx";

/** How the image came to be: its stages, what they left behind, and the steps in time. */
export function Build({
  build,
  image,
}: {
  readonly build: ReportBuild;
  readonly image: ReportImage;
}): JSX.Element {
  const left = leftBehind(build);
  const lead = `Built in ${duration(build.took)} on ${build.at.slice(0, 10)}, ${build.stages.length === 1 ? "in one stage" : `in ${build.stages.length} stages`}.`;
  return (
    <Section id="build" title="How it was built" lead={lead}>
      {left > 0 && <Left left={left} shipped={image.size} />}
      <Stages build={build} />
      <h3 id="waterfall">Step by step</h3>
      <Waterfall build={build} />
    </Section>
  );
}

/** The point of several stages: what was needed to build and is not shipped. */
function Left({ left, shipped }: { readonly left: number; readonly shipped: number }): JSX.Element {
  return (
    <figure class="left">
      <figcaption>
        <b>{bytes(left)}</b> stayed behind in build stages, <b>{bytes(shipped)}</b> are in the image:{" "}
        {share(shipped, left + shipped)} of what the build worked with.
      </figcaption>
      <div class="stack" aria-hidden="true">
        <i class="shipped" style={{ flexGrow: shipped }} />
        <i class="behind" style={{ flexGrow: left }} />
      </div>
    </figure>
  );
}

/** Left and right of the graph, pixels. */
const PADDING = 40;

function Stages({ build }: { readonly build: ReportBuild }): JSX.Element {
  const box = useRef<HTMLElement>(null);
  const width = useWidth(box);
  const graph = stageGraph(build, width - PADDING);
  return (
    <Scroll label="Graph of stages" box={box} kind="graph">
      <div class="sheet" style={{ width: `${graph.width}px`, height: `${graph.height}px` }}>
        <svg width={graph.width} height={graph.height} aria-hidden="true">
          <defs>
            <marker
              id="tip"
              viewBox="0 0 8 8"
              refX="2"
              refY="4"
              markerWidth="6"
              markerHeight="6"
              orient="auto"
            >
              <path d="M0 0l8 4-8 4z" />
            </marker>
          </defs>
          {graph.arrows.map((arrow, at) => (
            <path key={at} class={arrow.how} d={arrow.path} marker-end="url(#tip)" />
          ))}
        </svg>
        <ol>
          {graph.boxes.map((stage) => (
            <Stage
              key={stage.place}
              box={stage}
              build={build}
              isImage={stage.place === graph.boxes.length - 1}
            />
          ))}
        </ol>
      </div>
    </Scroll>
  );
}

function Stage({
  box,
  build,
  isImage,
}: {
  readonly box: StageBox;
  readonly build: ReportBuild;
  readonly isImage: boolean;
}): JSX.Element {
  const { stage, x, y, width, height, facts } = box;
  const takes = stage.uses.map(({ stage: from, how, size }) => {
    const name = build.stages[from]?.name ?? "";
    if (how === "base") return `stands on ${name}`;
    if (how === "mount") return `reads ${name}`;
    return size === undefined ? `copies from ${name}` : `${bytes(size)} from ${name}`;
  });
  return (
    <li
      class={`stage ${isImage ? "image" : ""}`}
      style={{ left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` }}
    >
      <p class="name">
        <b>{stage.name}</b>
        <span class={facts.cached === facts.steps ? "chip cached" : "chip ran"}>{cacheText(facts)}</span>
      </p>
      <p class="quiet from">FROM {stage.base}</p>
      <p class="size">
        <b>{stage.size === undefined ? "size not known" : bytes(stage.size)}</b>
        {facts.took > 0 && <span class="quiet">{duration(facts.took)}</span>}
      </p>
      {takes.length > 0 && (
        <p class="quiet takes" title={takes.join(", ")}>
          {takes.join(", ")}
        </p>
      )}
      {!isImage && (stage.leftBehind ?? 0) > 0 && (
        <p class="stays">{bytes(stage.leftBehind as number)} left behind</p>
      )}
      {isImage && <p class="ships">the image</p>}
    </li>
  );
}

function cacheText({ steps, cached }: StageBox["facts"]): string {
  if (steps === 0) return "no steps";
  if (cached === steps) return "cached";
  return cached === 0 ? "ran" : `${steps - cached} of ${steps} ran`;
}

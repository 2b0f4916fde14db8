import type { ImageAnalysis } from "../analysis/index.ts";
import { defined } from "../base/index.ts";
import type { ImageProvenance, LayerOrigin } from "../provenance/index.ts";
import type { LayerCause, LayerFacts } from "./types.ts";

/** What made each layer of an image, bottom first: what its build recorded, else what its history says. */
export function layerCauses(
  { image, layers }: Pick<ImageAnalysis, "image" | "layers">,
  provenance?: ImageProvenance,
): readonly LayerFacts[] {
  return layers.map(({ number }) => {
    const { createdBy = "", diffId } = image.history[number] ?? {};
    const origin = provenance?.layers[number] ?? undefined;
    return { number, ...causeOf(origin, createdBy), ...defined({ diffId }) };
  });
}

function causeOf(origin: LayerOrigin | undefined, createdBy: string): LayerCause {
  if (origin?.recipe) return { kind: "composition", title: `composition of ${origin.recipe.name}`, origin };
  const written = writtenBy(createdBy);
  if (!origin) return written;
  const place = placeOf(origin);
  const title = written.title === "" ? origin.instruction : written.title;
  return { kind: KINDS[origin.instruction] ?? written.kind, title, origin, ...defined({ place }) };
}

const KINDS: Readonly<Record<string, LayerCause["kind"]>> = {
  COPY: "copy",
  ADD: "copy",
  RUN: "run",
  WORKDIR: "other",
};

/** `Dockerfile:7-9, stage app, of example.org/base`. */
function placeOf({ dockerfile, lines, stage, image, from }: LayerOrigin): string | undefined {
  const [first, last] = lines ?? [];
  const range = first === last ? `${first}` : `${first}-${last}`;
  const parts = [
    dockerfile === undefined || first === undefined ? undefined : `${dockerfile}:${range}`,
    stage === undefined ? undefined : `stage ${stage}`,
    from === undefined ? undefined : `out of ${from}`,
    image === undefined ? undefined : `of ${image}`,
  ].filter((part) => part !== undefined);
  return parts.length > 0 ? parts.join(", ") : undefined;
}

/**
 * What a line of history says, in the ways in which builders write it: BuildKit's `COPY /a /b # buildkit`, and the classic
 * builder's and Buildah's `/bin/sh -c #(nop) COPY file:1234 in /b` and `/bin/sh -c make`.
 */
function writtenBy(createdBy: string): LayerCause {
  const text = createdBy
    .replace(/\s*# buildkit\s*$/, "")
    .replace(/^(?:\/bin\/sh -c|\|\d+ .*?\/bin\/sh -c) #\(nop\)\s+/, "")
    .replace(/\s+/g, " ")
    .trim();
  if (text === "") return { kind: "unexplained", title: "nothing says what made it" };
  if (/^(?:COPY|ADD)\b/.test(text)) return { kind: "copy", title: text };
  const script = /^(?:RUN )?(?:\|\d+ (?:.*? )?)?\/(?:[^ ]*\/)?(?:a|ba|da)?sh -c (.*)$/.exec(text)?.[1];
  if (script !== undefined) return { kind: "run", title: `RUN ${script}` };
  return { kind: /^RUN\b/.test(text) ? "run" : "other", title: text };
}

import { type Digest, TareError } from "../base/index.ts";
import { resolveStageName, type Stage } from "../dockerfile/index.ts";
import { createGraphBuilder } from "../graph/index.ts";
import { suggest } from "../text/index.ts";
import { globalArgs } from "./global-args.ts";
import { locationOf } from "./place.ts";
import { type Converter, convertStage } from "./stage.ts";
import { imageOf, originsOf } from "./state.ts";
import type { BuildPlan, FrontendRequest, ImageTemplate, PlanNotice, ResolveBase } from "./types.ts";

/**
 * Turns a parsed Dockerfile into a build graph and the image's config. Only the stages that the target
 * needs are looked at, bases of others are not even resolved; each one left out is named in a notice.
 * Throws `user-dockerfile-semantics`, `resolve-*`, `user-unsupported`, with the place in the Dockerfile.
 */
export async function planBuild(request: FrontendRequest, resolveBase: ResolveBase): Promise<BuildPlan> {
  const { dockerfile } = request;
  const target = targetStage(request);
  const converter: Converter = {
    request,
    resolveBase,
    globals: globalArgs(request, target),
    builder: createGraphBuilder(),
    stages: new Map(),
    localContexts: new Set(),
    nameNotices: new Map(),
  };
  const state = await convertStage(converter, target);
  return {
    graph: converter.builder.graph(state.vertex),
    image: labelled(imageOf(state), request.labels),
    target,
    stages: dockerfile.stages.filter((stage) => converter.stages.has(stage.index)),
    stageResults: await stageResults(converter),
    notices: [
      ...converter.nameNotices.values(),
      ...dockerfile.stages
        .filter((stage) => !converter.stages.has(stage.index))
        .map((stage) => unusedNotice(request, stage)),
    ],
    localContexts: [...converter.localContexts],
    origins: originsOf(state),
  };
}

async function stageResults({ stages }: Converter): Promise<BuildPlan["stageResults"]> {
  const found = new Map<number, Digest>();
  for (const [index, state] of stages) {
    const { vertex } = await state;
    if (vertex !== undefined) found.set(index, vertex);
  }
  return found;
}

/** The stage that a request is for, the last one by default; `resolve-stage` when there is none of that name. */
export function targetStage(request: Pick<FrontendRequest, "dockerfile" | "target">): Stage {
  const { stages } = request.dockerfile;
  if (request.target === undefined || request.target === "") return stages.at(-1) as Stage;
  const stage = resolveStageName(stages, request.target);
  if (stage) return stage;
  const names = stages.map((candidate) => candidate.from.alias?.text).filter((name) => name !== undefined);
  const near = suggest(request.target, names);
  throw new TareError("resolve-stage", `target stage ${JSON.stringify(request.target)} could not be found`, {
    hint: near ? `did you mean ${near}?` : stageListHint(names),
  });
}

function stageListHint(names: readonly string[]): string {
  return names.length > 0
    ? `the stages are: ${names.join(", ")}`
    : "no stage of this Dockerfile has a name (FROM … AS name)";
}

function labelled(image: ImageTemplate, labels: Readonly<Record<string, string>>): ImageTemplate {
  if (Object.keys(labels).length === 0) return image;
  return { ...image, config: { ...image.config, Labels: { ...image.config.Labels, ...labels } } };
}

function unusedNotice(request: FrontendRequest, stage: Stage): PlanNotice {
  const name = stage.from.alias?.text ?? String(stage.index);
  return {
    code: "stage-not-built",
    message: `stage ${name} is not built, because nothing in the target needs it; --target ${name} builds it`,
    location: locationOf(request.dockerfile, stage.from.range),
  };
}

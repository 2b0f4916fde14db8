import { defined } from "../../base/index.ts";
import { resolveStageName, type Stage } from "../../dockerfile/index.ts";
import type { Vertex } from "../../graph/index.ts";
import type { BuildStage, StageUse } from "../../store/index.ts";
import type { ImagePlan } from "./plan-job.ts";
import type { Layered } from "./step-layers.ts";

type StagedPlan = Pick<ImagePlan, "graph" | "stages" | "stageResults">;

/** The stages of a build with their sizes, what they take from each other, and what of them is left behind. */
export function stageRecords(plan: StagedPlan, layers: Layered): readonly BuildStage[] {
  const uses = plan.stages.map((stage) => usesOf(stage, plan, layers));
  const image = new Set(layers.of(plan.graph.results[0]) ?? []);
  const seen = new Set(image);
  return plan.stages.map((stage, place) => {
    const held = layers.of(plan.stageResults.get(stage.index));
    // A layer that several stages stand on is left behind once, by the first of them.
    const own = held?.filter((id) => !seen.has(id));
    for (const id of own ?? []) seen.add(id);
    const taken = uses.flat().filter((use) => use.stage === place);
    const copied = taken.reduce((sum, { size = 0 }) => sum + size, 0);
    return {
      name: stage.from.alias?.text ?? `stage-${stage.index}`,
      base: stage.from.image.text,
      uses: uses[place] as readonly StageUse[],
      ...defined({
        size: held && layers.size(held),
        leftBehind: own && Math.max(0, layers.size(own) - copied),
      }),
    };
  });
}

/** The place in `plan.stages` of the stage that a step stands in; undefined for what is in none, as contexts are. */
export function ownerOf({ op, origin }: Vertex, { stages }: Pick<StagedPlan, "stages">): number | undefined {
  if (!origin || (op.type === "source" && op.identifier.startsWith("local://"))) return undefined;
  const place = stages.findLastIndex(({ from }) => from.range.start.line <= origin.start.line);
  return place < 0 ? undefined : place;
}

function usesOf(stage: Stage, plan: StagedPlan, layers: Layered): readonly StageUse[] {
  const place = plan.stages.indexOf(stage);
  const found = new Map<string, StageUse>();
  const add = (use: StageUse) => {
    const key = `${use.how} ${use.stage}`;
    const size = (found.get(key)?.size ?? 0) + (use.size ?? 0);
    found.set(key, { ...use, ...(use.size !== undefined && { size }) });
  };
  const base = baseStage(stage, plan);
  if (base !== undefined) add({ stage: base, how: "base" });
  for (const vertex of plan.graph.vertices) {
    if (ownerOf(vertex, plan) !== place) continue;
    for (const use of usesOfStep(vertex, { place, plan, layers })) add(use);
  }
  return [...found.values()];
}

function baseStage({ index, from }: Stage, { stages }: StagedPlan): number | undefined {
  const earlier = stages.filter((stage) => stage.index < index);
  const base = resolveStageName(earlier, from.image.text);
  return base && stages.indexOf(base);
}

/** What a step takes from stages that it does not stand on. */
function usesOfStep(
  vertex: Vertex,
  { place, plan, layers }: { readonly place: number; readonly plan: StagedPlan; readonly layers: Layered },
): readonly StageUse[] {
  const { op, inputs } = vertex;
  if (op.type !== "file" && op.type !== "exec") return [];
  const below = op.type === "file" ? op.base : 0;
  const from = inputs.flatMap((digest, at) => {
    if (at === below) return [];
    const stage = plan.stages.findLastIndex(
      ({ index }, other) => other < place && plan.stageResults.get(index) === digest,
    );
    return stage < 0 ? [] : [stage];
  });
  const stages = [...new Set(from)];
  if (op.type === "exec") return stages.map((stage) => ({ stage, how: "mount" }));
  // One layer holds what a step copies, from however many sources; COPY --from has one.
  const added = layers.added(vertex);
  const size = added && layers.size(added);
  return stages.map((stage) => ({ stage, how: "copy", ...defined({ size }) }));
}

import type { Dockerfile, FromInstruction, StageInstruction } from "../dockerfile/index.ts";
import { type HeadText, headText } from "./mapped-text.ts";
import { type SourceText, sourceText } from "./source-text.ts";
import { type CheckedStage, checkedStages, type Step } from "./stages.ts";
import type { CheckRequest } from "./types.ts";
import { globalVariables, platformArgs, type Variables } from "./variables.ts";

export type Instruction = FromInstruction | StageInstruction;

/** What every rule sees. */
export interface CheckContext {
  readonly request: CheckRequest;
  readonly dockerfile: Dockerfile;
  readonly source: SourceText;
  readonly platform: Variables;
  /** What FROM lines see, with the build arguments. */
  readonly globals: Variables;
  readonly stages: readonly CheckedStage[];
  /** The stage that is built. */
  readonly final: CheckedStage;
}

export function checkContext(request: CheckRequest, dockerfile: Dockerfile): CheckContext {
  const source = sourceText(request.source);
  const platform = platformArgs(request);
  const globals = globalsOf(request, dockerfile);
  const stages = checkedStages({ request, dockerfile, globals });
  return { request, dockerfile, source, platform, globals, stages, final: targetOf(request, stages) };
}

/** What FROM lines see. */
export function globalsOf(request: CheckRequest, { escape, globalArgs }: Dockerfile): Variables {
  return globalVariables(globalArgs, { platform: platformArgs(request), given: request.buildArgs, escape });
}

/** A target that there is none of is the build's to refuse. */
function targetOf({ target }: CheckRequest, stages: readonly CheckedStage[]): CheckedStage {
  const wanted = (target ?? "").toLowerCase();
  const named = wanted === "" ? undefined : stages.findLast(({ name }) => name === wanted);
  const numbered = /^\d+$/.test(wanted) ? stages[Number(wanted)] : undefined;
  return named ?? numbered ?? (stages.at(-1) as CheckedStage);
}

/** The stages that BuildKit looks into: those that the target needs, without a target all. */
export function lintedStages({ request, stages, final }: CheckContext): readonly CheckedStage[] {
  return request.target ? stages.filter((stage) => neededBy(stages, final).has(stage.stage.index)) : stages;
}

/** The same with what ONBUILD below has put in front of their instructions: BuildKit's checks look at that too. */
export function triggeredStages(context: CheckContext): readonly CheckedStage[] {
  return lintedStages(context).map((stage) =>
    stage.triggers.length === 0 ? stage : { ...stage, steps: [...stage.triggers, ...stage.steps] },
  );
}

/** Numbers of the stages that one needs, itself included. */
export function neededBy(stages: readonly CheckedStage[], last: CheckedStage): ReadonlySet<number> {
  const found = new Set<number>();
  const waiting = [last.stage.index];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (found.has(index)) continue;
    found.add(index);
    waiting.push(...(stages[index]?.needs ?? []));
  }
  return found;
}

/** The stages that a stage is built from, the first one first, itself last: their files are all in its image. */
export function chainOf(stage: CheckedStage): readonly CheckedStage[] {
  const chain = [stage];
  for (let { parent } = stage; parent; { parent } = parent) chain.push(parent);
  return chain.reverse();
}

/** The types of instruction that a keyword can have. */
type InstructionOf<K, I = StageInstruction> = I extends { readonly keyword: infer Own }
  ? [K & Own] extends [never]
    ? never
    : I
  : never;

/** Every instruction of these keywords in some stages. */
export function* stepsOf<K extends StageInstruction["keyword"]>(
  stages: readonly CheckedStage[],
  ...keywords: readonly K[]
): Generator<{
  readonly stage: CheckedStage;
  readonly step: Step<InstructionOf<K>>;
}> {
  for (const stage of stages)
    for (const step of stage.steps)
      if (isOf(step, keywords)) yield { stage, step: step as Step<InstructionOf<K>> };
}

function isOf({ instruction }: Step, keywords: readonly string[]): boolean {
  return keywords.includes(instruction.keyword);
}

/** FROM and all instructions, the ARGs before the first FROM too, in their order. */
export function* allInstructions({ globalArgs, stages }: Dockerfile): Generator<Instruction> {
  yield* globalArgs;
  yield* stageInstructions(stages);
}

/** FROM and the instructions of some stages. */
export function* stageInstructions(stages: Dockerfile["stages"]): Generator<Instruction> {
  for (const { from, instructions } of stages) {
    yield from;
    yield* instructions;
  }
}

/** An instruction's name as it is written. */
export function writtenKeyword({ text, keyword }: Instruction): string {
  return text.slice(0, keyword.length);
}

/** An instruction's own lines, joined. */
export function headOf(
  { source, dockerfile }: Pick<CheckContext, "source" | "dockerfile">,
  { range }: Pick<Instruction, "range">,
): HeadText {
  return headText(source, dockerfile.escape, range.start.line);
}

import { type SourceRange, TareError } from "../base/index.ts";
import { expandWord, parseInstructionLine, type Stage, type StageInstruction } from "../dockerfile/index.ts";
import type { GraphBuilder } from "../graph/index.ts";
import { type Platform, parsePlatform } from "../oci/index.ts";
import { itemsOf } from "./chain.ts";
import { applyInstruction, type Step } from "./instruction.ts";
import { atPlace, locationOf } from "./place.ts";
import { resolveName } from "./sources.ts";
import { emptyState, nextStep, stateFromImage, stateFromStage, withGrown, withOrigin } from "./state.ts";
import type { FrontendRequest, PlanNotice, ResolveBase, StageState, StepCounter } from "./types.ts";

/** What the conversion of one Dockerfile shares; the last three grow as stages are reached. */
export interface Converter {
  readonly request: FrontendRequest;
  readonly resolveBase: ResolveBase;
  readonly globals: ReadonlyMap<string, string>;
  readonly builder: GraphBuilder;
  /** Stages reached so far, by number. */
  readonly stages: Map<number, Promise<StageState>>;
  readonly localContexts: Set<string>;
  /** How names of images were understood where that is not plain; each text once, with the first place. */
  readonly nameNotices: Map<string, PlanNotice>;
}

/** Whether steps of a stage run whatever is known of them: `--no-cache`, `--no-cache-filter`. */
export function ignoresCache({ request }: Converter, stage: Stage): boolean {
  const names = [stage.from.alias?.text.toLowerCase(), String(stage.index)];
  return request.noCache || names.some((name) => name !== undefined && request.noCacheStages.includes(name));
}

/** Converts a stage and all that it needs, once. */
export function convertStage(converter: Converter, stage: Stage): Promise<StageState> {
  const known = converter.stages.get(stage.index);
  if (known) return known;
  const pending = convert(converter, stage);
  converter.stages.set(stage.index, pending);
  return pending;
}

async function convert(converter: Converter, stage: Stage): Promise<StageState> {
  const { dockerfile } = converter.request;
  const base = await atPlace(dockerfile, stage.from.range, () => openBase(converter, stage));
  const triggers = await atPlace(dockerfile, stage.from.range, async () => onbuildTriggers(stage, base));
  let state = withTotal(withGrown(base, { OnBuild: undefined }), [...triggers, ...stage.instructions]);
  for (const instruction of triggers)
    state = await applyAt(converter, stage, { state, instruction, trigger: true, range: stage.from.range });
  for (const instruction of stage.instructions)
    state = await applyAt(converter, stage, { state, instruction, trigger: false, range: instruction.range });
  return state;
}

/** Applies an instruction; errors and what it adds to the history get the place. */
async function applyAt(
  converter: Converter,
  stage: Stage,
  step: Step & { readonly range: SourceRange },
): Promise<StageState> {
  const { state, instruction, range } = step;
  const next = await atPlace(converter.request.dockerfile, range, () =>
    applyInstruction(converter, stage, step),
  );
  const from = "from" in instruction ? instruction.from?.text : undefined;
  return withOrigin(next, state, {
    keyword: instruction.keyword,
    stage: stageName(stage),
    range,
    ...(from !== undefined && { from }),
  });
}

function stageName(stage: Stage): string {
  return stage.from.alias?.text.toLowerCase() ?? String(stage.index);
}

/** FROM: a named context, an earlier stage, `scratch` or an image, in this order. */
async function openBase(converter: Converter, stage: Stage): Promise<StageState> {
  const { request } = converter;
  const name = expandFrom(converter, stage.from.image.text);
  if (name === "")
    throw new TareError("user-dockerfile-semantics", "base name must not be blank: FROM needs an image", {
      hint: `${stage.from.image.text} has no value here; give it a default by ARG before the first FROM`,
    });
  const platform = platformOf(converter, stage);
  const steps: StepCounter = {
    stage: stageTitle(converter, stage),
    platform: request.multiPlatform ?? false,
    index: 0,
    total: 0,
  };
  const source = resolveName(request, { name, before: stage.index, numeric: false });
  switch (source.type) {
    case "stage":
      return stateFromStage(await convertLater(converter, source.stage), steps);
    case "scratch":
      return emptyState(platform, steps);
    case "local":
      return fromFolder(converter, stage, { context: source.context, platform, steps });
    case "image": {
      noteName(converter, source, { how: "FROM ", range: stage.from.range });
      const config = await converter.resolveBase(source.identifier, platform);
      const { name: stepName, state } = nextStep(
        emptyState(platform, { ...steps, total: stepTotal(stage.instructions) + 1 }),
        `FROM ${source.title}`,
      );
      const op = { type: "source", identifier: source.identifier, platform } as const;
      const vertex = converter.builder.add(op, [], { name: stepName, origin: stage.from.range });
      const started = stateFromImage(config, { vertex, steps: { ...steps, index: state.steps.index } });
      return withOrigin(started, undefined, {
        keyword: "FROM",
        stage: stageName(stage),
        range: stage.from.range,
        base: { identifier: source.identifier, platform },
      });
    }
  }
}

/** Keeps what is to be said of a name: once for each FROM, and once for all that is copied from it. */
export function noteName(
  { nameNotices, request }: Converter,
  { notice }: { readonly notice?: string },
  { how, range }: { readonly how: "FROM " | "--from="; readonly range?: SourceRange },
): void {
  if (notice === undefined) return;
  const key = `${range?.start.line ?? ""} ${how}${notice}`;
  const location = range && locationOf(request.dockerfile, range);
  nameNotices.set(key, { code: "base-mapped", message: `${how}${notice}`, ...(location && { location }) });
}

/** A chain of stages may be longer than the stack is deep. */
async function convertLater(converter: Converter, stage: Stage): Promise<StageState> {
  await undefined;
  return convertStage(converter, stage);
}

function fromFolder(
  converter: Converter,
  stage: Stage,
  from: { readonly context: string; readonly platform: Platform; readonly steps: StepCounter },
): StageState {
  const { builder, localContexts } = converter;
  localContexts.add(from.context);
  const source = builder.add({ type: "source", identifier: `local://${from.context}` }, [], {
    name: `[context ${from.context}] load from folder`,
  });
  const copy = {
    action: "copy",
    input: 0,
    source: "/",
    wildcard: false,
    destination: "/",
    keepOwner: true,
    exclude: [],
    unpack: false,
  } as const;
  const vertex = builder.add({ type: "file", base: -1, actions: [copy] }, [source], {
    name: `[context ${from.context}] FROM ${stage.from.image.text}`,
    origin: stage.from.range,
  });
  return { ...emptyState(from.platform, from.steps), vertex };
}

/** FROM sees the global arguments only. */
function expandFrom(converter: Converter, text: string): string {
  return expandWord(text, (name) => converter.globals.get(name), {
    escape: converter.request.dockerfile.escape,
  }).text;
}

function platformOf(converter: Converter, stage: Stage): Platform {
  const { request } = converter;
  const written = stage.from.platform?.text ?? "";
  if (written === "") return request.targetPlatform;
  const text = expandFrom(converter, written);
  if (text !== "") return parsePlatform(text, request.targetPlatform);
  throw new TareError("user-dockerfile-semantics", `empty platform value from expression ${written}`, {
    hint: `give ${written} a default by ARG before the first FROM, or leave --platform out`,
  });
}

/** BuildKit calls a stage without a name by its number, and the only stage nothing at all. */
function stageTitle({ request }: Converter, stage: Stage): string {
  if (stage.from.alias) return stage.from.alias.text.toLowerCase();
  return request.dockerfile.stages.length > 1 ? `stage-${stage.index}` : "";
}

/**
 * Triggers are read with the default escape character, whatever this Dockerfile has set. Their own ranges are
 * those of their text; in this Dockerfile they stand at the FROM that brought them.
 */
function onbuildTriggers(stage: Stage, base: StageState): readonly StageInstruction[] {
  const file = `ONBUILD of ${stage.from.image.text}`;
  return itemsOf(base.grown.OnBuild).map((text) => ({
    ...parseInstructionLine(text, { file, escape: "\\" }),
    range: stage.from.range,
  }));
}

function withTotal(state: StageState, instructions: readonly StageInstruction[]): StageState {
  return { ...state, steps: { ...state.steps, total: state.steps.index + stepTotal(instructions) } };
}

function stepTotal(instructions: readonly StageInstruction[]): number {
  return instructions.filter(({ keyword }) => STEP_KEYWORDS.has(keyword)).length;
}

const STEP_KEYWORDS: ReadonlySet<string> = new Set(["RUN", "COPY", "ADD", "WORKDIR"]);

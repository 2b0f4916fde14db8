import { posix } from "node:path";
import { added, type GrowingMap, growingMap } from "../base/index.ts";
import type {
  ArgInstruction,
  Dockerfile,
  KeyValueInstruction,
  Stage,
  StageInstruction,
} from "../dockerfile/index.ts";
import { type Base, baseOf } from "./base-image.ts";
import { triggersOf } from "./triggers.ts";
import type { CheckRequest } from "./types.ts";
import { expanded, type Variables, type View, viewOf } from "./variables.ts";

/** An instruction with what holds in front of it. */
export interface Step<I extends StageInstruction = StageInstruction> {
  readonly instruction: I;
  /** The instruction's name as it is written. */
  readonly keyword: string;
  /** ENV and ARG, those of the stages below too. */
  readonly variables: View<string>;
  /** Names of the ARGs that were declared, with a value or not. */
  readonly args: View<true>;
  readonly workdir: string;
  /** Set by SHELL; empty for /bin/sh. */
  readonly shell: readonly string[];
  /** Whether it is from an ONBUILD below: it stands at FROM, and nothing of it can be edited there. */
  readonly isTrigger?: true;
}

/** A stage resolved: what it stands on, who uses it, and its instructions with their variables. */
export interface CheckedStage {
  readonly stage: Stage;
  /** Lower case; absent when it has none. */
  readonly name?: string;
  /** The stage it is built from. */
  readonly parent?: CheckedStage;
  /** What the first of its parents stands on. */
  readonly base: Base;
  readonly steps: readonly Step[];
  /** What ONBUILD below has put in front of them. */
  readonly triggers: readonly Step[];
  /** Numbers of the stages that FROM, COPY --from and RUN --mount=from name. */
  readonly needs: ReadonlySet<number>;
  /** State behind its last instruction, for stages that stand on it. */
  readonly end: StageEnd;
}

type StageEnd = Pick<Step, "workdir" | "shell"> & {
  readonly variables: GrowingMap<string>;
  readonly args: GrowingMap<true>;
};

export interface StageRequest {
  readonly request: CheckRequest;
  readonly dockerfile: Dockerfile;
  readonly globals: Variables;
}

/** All stages in their order. */
export function checkedStages(request: StageRequest): readonly CheckedStage[] {
  const before: Before<CheckedStage> = { stages: [], names: new Map() };
  for (const stage of request.dockerfile.stages) remember(before, checkedStage(request, stage, before));
  return before.stages;
}

/** Names of the images that stages stand on, as far as they are known before anything of them is. */
export function baseNames(request: StageRequest): readonly string[] {
  const { dockerfile, globals } = request;
  const before: Before = { stages: [], names: new Map() };
  return dockerfile.stages.flatMap((stage) => {
    const image = expanded(stage.from.image, globals, dockerfile.escape)?.text ?? "";
    const isStage = stageNamed(request, image, before) !== undefined;
    remember(before, { stage, ...nameOf(stage) });
    return isStage ? [] : [image];
  });
}

/** The stages in front of one, the last one of each name too. */
interface Before<S extends Named = Named> {
  readonly stages: S[];
  readonly names: Map<string, S>;
}

type Named = Pick<CheckedStage, "stage" | "name">;

function remember<S extends Named>({ stages, names }: Before<S>, stage: S): void {
  stages.push(stage);
  if (stage.name !== undefined) names.set(stage.name, stage);
}

function nameOf({ from }: Stage): Pick<CheckedStage, "name"> {
  return from.alias ? { name: from.alias.text.toLowerCase() } : {};
}

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

function checkedStage(request: StageRequest, stage: Stage, before: Before<CheckedStage>): CheckedStage {
  const { dockerfile, globals } = request;
  const image = expanded(stage.from.image, globals, dockerfile.escape)?.text ?? "";
  const parent = stageNamed(request, image, before);
  const base = parent?.base ?? baseOf(request.request, image);
  const triggers = triggersOf(stage, { parent: parent?.stage, base });
  const triggered = walk(request, triggers, parent?.end ?? startOf(base));
  const walked = walk(request, stage.instructions, triggered.end);
  const needs = new Set(parent ? [parent.stage.index] : []);
  for (const step of [...triggered.steps, ...walked.steps])
    for (const name of sourcesOf(step.instruction)) {
      const needed = stageNamed(request, name, before, true);
      if (needed) needs.add(needed.stage.index);
    }
  return {
    stage,
    base,
    needs,
    ...walked,
    triggers: triggered.steps.map((step) => ({ ...step, isTrigger: true })),
    ...nameOf(stage),
    ...(parent && { parent }),
  };
}

/** An earlier stage by name, or by number where that is allowed; a named context hides stages. */
function stageNamed<S extends Named>(
  { request }: StageRequest,
  name: string,
  { stages, names }: Before<S>,
  numeric = false,
): S | undefined {
  if (request.namedContexts[name.toLowerCase()] !== undefined) return undefined;
  if (/^\d+$/.test(name)) return numeric ? stages[Number(name)] : undefined;
  return names.get(name.toLowerCase());
}

/** Names that an instruction takes files from. */
function sourcesOf(instruction: StageInstruction): readonly string[] {
  if (instruction.keyword === "COPY" || instruction.keyword === "ADD")
    return instruction.from ? [instruction.from.text] : [];
  if (instruction.keyword !== "RUN") return [];
  return instruction.mounts.flatMap(({ options }) =>
    options.filter(({ key }) => key === "from").map(({ value }) => value),
  );
}

function startOf(base: Base): StageEnd {
  const config = base.type === "image" ? base.known?.config : undefined;
  const pairs = (config?.Env ?? []).map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return {
    variables: growingMap([["PATH", DEFAULT_PATH], ...pairs]),
    args: growingMap(),
    workdir: posix.resolve("/", config?.WorkingDir ?? "/"),
    shell: config?.Shell ?? [],
  };
}

function walk(
  request: StageRequest,
  instructions: readonly StageInstruction[],
  start: StageEnd,
): Pick<CheckedStage, "steps" | "end"> {
  let state = start;
  let seen = viewsOf(start);
  const steps: Step[] = [];
  for (const instruction of instructions) {
    const keyword = instruction.text.slice(0, instruction.keyword.length);
    const { workdir, shell } = state;
    steps.push({ instruction, keyword, workdir, shell, ...seen });
    const next = after(request, state, instruction);
    // Most steps see what the one before saw.
    if (next.variables !== state.variables || next.args !== state.args) seen = viewsOf(next);
    state = next;
  }
  return { steps, end: state };
}

function viewsOf({ variables, args }: StageEnd): Pick<Step, "variables" | "args"> {
  return { variables: viewOf(variables), args: viewOf(args) };
}

function after(request: StageRequest, state: StageEnd, instruction: StageInstruction): StageEnd {
  const { escape } = request.dockerfile;
  if (instruction.keyword === "WORKDIR") {
    const path = expanded(instruction.word, viewOf(state.variables), escape)?.text ?? "";
    return { ...state, workdir: posix.resolve(state.workdir, path) };
  }
  if (instruction.keyword === "SHELL") return { ...state, shell: instruction.args };
  if (instruction.keyword === "ENV") return withEnv(state, instruction, escape);
  return instruction.keyword === "ARG" ? withArgs(request, state, instruction) : state;
}

/** All pairs of one ENV see the variables as they were before it. */
function withEnv(state: StageEnd, { pairs }: KeyValueInstruction, escape: "\\" | "`"): StageEnd {
  const before = viewOf(state.variables);
  const set = pairs.map(({ key, value }) => {
    const name = expanded(key, before, escape)?.text ?? key.text;
    return [name, (value && expanded(value, before, escape)?.text) ?? ""] as const;
  });
  const variables = set.reduce((map, [name, value]) => added(map, name, value), state.variables);
  return { ...state, variables };
}

function withArgs(
  { request, globals, dockerfile }: StageRequest,
  state: StageEnd,
  { pairs }: ArgInstruction,
): StageEnd {
  let { variables, args } = state;
  for (const { key, value } of pairs) {
    const own = value ? expanded(value, viewOf(variables), dockerfile.escape)?.text : globals.get(key.text);
    const text = request.buildArgs[key.text] ?? own;
    if (text !== undefined) variables = added(variables, key.text, text);
    args = added(args, key.text, true);
  }
  return { ...state, variables, args };
}

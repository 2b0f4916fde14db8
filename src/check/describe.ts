import { posix } from "node:path";
import { defined, type SourceRange } from "../base/index.ts";
import type { ArgInstruction, RunInstruction, Stage } from "../dockerfile/index.ts";
import { type CheckContext, checkContext } from "./context.ts";
import type { CheckedStage, Step } from "./stages.ts";
import type { CheckRequest } from "./types.ts";
import { expanded } from "./variables.ts";

/** A stage that can be built by `--target`. */
export interface BuildTarget {
  /** In lower case; absent for a stage without a name. */
  readonly name?: string;
  /** Whether it is built when no target is given. */
  readonly default: boolean;
  readonly description?: string;
  /** What it is FROM, and the value of its `--platform`, as written. */
  readonly base: string;
  readonly platform?: string;
  readonly range: SourceRange;
}

/** A build argument that counts for a target. */
export interface BuildArgument {
  readonly name: string;
  readonly description?: string;
  /** The value of this call, or the default. */
  readonly value?: string;
  readonly range: SourceRange;
}

/** A secret or an agent that steps of a target use; how and where the first of them does. */
export interface BuildNeed {
  readonly name: string;
  readonly required: boolean;
  readonly range: SourceRange;
}

/** What a target takes from outside, in the order of the file. */
export interface BuildOutline {
  readonly name?: string;
  readonly description?: string;
  readonly args: readonly BuildArgument[];
  readonly secrets: readonly BuildNeed[];
  readonly ssh: readonly BuildNeed[];
}

/** The Dockerfile of a call, with nothing built. */
export interface Described {
  readonly targets: readonly BuildTarget[];
  /** Of the target that the request names, else of the last stage. */
  readonly outline: BuildOutline;
}

/** Tells the targets of a Dockerfile and what one of them takes, as BuildKit's `outline` and `targets` requests do. */
export function describeDockerfile(
  request: CheckRequest & Required<Pick<CheckRequest, "dockerfile">>,
): Described {
  const { dockerfile } = request;
  const context = checkContext(request, dockerfile);
  const { stage, name } = context.final;
  const found: Found = { args: new Map(), secrets: new Map(), ssh: new Map() };
  collect(context.final, { context, found, seen: new Map() });
  return {
    targets: dockerfile.stages.map((one) => targetOf(one, one === dockerfile.stages.at(-1))),
    outline: {
      ...defined({ name, description: descriptionOf(stage) }),
      args: inOrder(found.args),
      secrets: inOrder(found.secrets),
      ssh: inOrder(found.ssh),
    },
  };
}

function inOrder<T extends { readonly range: SourceRange }>(found: ReadonlyMap<string, T>): readonly T[] {
  return [...found.values()].sort((a, b) => a.range.start.line - b.range.start.line);
}

function targetOf(stage: Stage, isDefault: boolean): BuildTarget {
  const { alias, image, platform, range } = stage.from;
  return {
    ...defined({
      name: alias?.text.toLowerCase(),
      description: descriptionOf(stage),
      platform: platform?.text,
    }),
    default: isDefault,
    base: image.text,
    range,
  };
}

/** The comment above a stage counts when it begins with the stage's name. */
function descriptionOf({ from }: Stage): string | undefined {
  return from.alias && described(from.description, from.alias.text.toLowerCase());
}

function described(comment: string | undefined, name: string): string | undefined {
  const line = comment?.split("\n").find((text) => text.startsWith(`${name} `));
  return line?.slice(name.length + 1);
}

/** By name; what was found first counts. */
interface Found {
  readonly args: Map<string, BuildArgument>;
  readonly secrets: Map<string, BuildNeed>;
  readonly ssh: Map<string, BuildNeed>;
}

/** What a stage knows at its end: all arguments that were declared, and those that it uses. */
interface Captured extends Pick<Found, "secrets" | "ssh"> {
  readonly declared: Map<string, Declared>;
  readonly used: Set<string>;
}

interface Declared extends BuildArgument {
  /** Other arguments that its default names. */
  readonly needs: readonly string[];
}

interface Collecting {
  readonly context: CheckContext;
  readonly found: Found;
  readonly seen: Map<CheckedStage, Captured>;
}

/** First what the stage itself uses, then what it stands on, then what it takes files from. */
function collect(last: CheckedStage, collecting: Collecting): void {
  const { context, found, seen } = collecting;
  const waiting = [last];
  const taken = new Set<CheckedStage>();
  for (let stage = waiting.pop(); stage; stage = waiting.pop()) {
    if (taken.has(stage)) continue;
    taken.add(stage);
    const captured = captureOf(stage, { context, seen });
    for (const name of withNeeds(captured)) {
      const arg = captured.declared.get(name);
      if (!arg || found.args.has(name)) continue;
      const { needs: _needs, ...shown } = arg;
      found.args.set(name, shown);
    }
    for (const kind of ["secrets", "ssh"] as const)
      for (const [name, need] of captured[kind]) if (!found[kind].has(name)) found[kind].set(name, need);
    const others = [...stage.needs].sort((a, b) => b - a).flatMap((index) => context.stages[index] ?? []);
    waiting.push(...others.filter((other) => other !== stage?.parent));
    if (stage.parent) waiting.push(stage.parent);
  }
}

function withNeeds({ used, declared }: Captured): ReadonlySet<string> {
  const all = new Set(used);
  for (const name of all) for (const needed of declared.get(name)?.needs ?? []) all.add(needed);
  return all;
}

/** A stage goes on from what its parent has captured; the first one from the arguments above all stages. */
function captureOf(stage: CheckedStage, { context, seen }: Pick<Collecting, "context" | "seen">): Captured {
  const chain: CheckedStage[] = [];
  for (let one: CheckedStage | undefined = stage; one && !seen.has(one); one = one.parent) chain.push(one);
  for (const one of chain.reverse()) {
    const parent = one.parent && seen.get(one.parent);
    const captured = parent ? copyOf(parent) : fromAbove(one, context);
    for (const step of one.steps) capture(step, captured, context);
    seen.set(one, captured);
  }
  return seen.get(stage) as Captured;
}

function copyOf({ declared, used, secrets, ssh }: Captured): Captured {
  return { declared: new Map(declared), used: new Set(used), secrets: new Map(secrets), ssh: new Map(ssh) };
}

function fromAbove({ stage }: CheckedStage, context: CheckContext): Captured {
  const { dockerfile, globals } = context;
  const { image, platform } = stage.from;
  const words = [image, ...(platform ? [platform] : [])];
  return {
    declared: globalArgs(context),
    used: new Set(words.flatMap((word) => expanded(word, globals, dockerfile.escape)?.used ?? [])),
    secrets: new Map(),
    ssh: new Map(),
  };
}

function globalArgs({ dockerfile, request, globals, platform }: CheckContext): Map<string, Declared> {
  const declared = new Map<string, Declared>();
  const values = new Map(platform);
  for (const instruction of dockerfile.globalArgs)
    for (const { key, value } of instruction.pairs) {
      const given = request.buildArgs[key.text];
      const own = given === undefined && value ? expanded(value, values, dockerfile.escape) : undefined;
      const text = given ?? own?.text;
      if (text !== undefined) values.set(key.text, text);
      const earlier = own?.used.includes(key.text) ? (declared.get(key.text)?.needs ?? []) : [];
      const needs = [...(own?.used ?? []).filter((name) => name !== key.text), ...earlier];
      declared.set(key.text, { ...argument(instruction, key.text, text ?? globals.get(key.text)), needs });
    }
  return declared;
}

function argument(
  { description, range }: ArgInstruction,
  name: string,
  value: string | undefined,
): BuildArgument {
  return {
    name,
    ...defined({ description: described(description, name), value: value || undefined }),
    range,
  };
}

function capture(step: Step, captured: Captured, context: CheckContext): void {
  const { instruction } = step;
  if (instruction.keyword === "ARG") captureArgs(step as Step<ArgInstruction>, captured, context);
  else if (instruction.keyword === "RUN") captureMounts(step as Step<RunInstruction>, captured, context);
}

function captureArgs(
  { instruction, variables }: Step<ArgInstruction>,
  { declared, used }: Captured,
  { request, globals, dockerfile }: CheckContext,
): void {
  const own = new Map<string, string>();
  const known = { get: (name: string) => own.get(name) ?? variables.get(name) };
  for (const { key, value } of instruction.pairs) {
    const name = key.text;
    const given = request.buildArgs[name];
    used.add(name);
    // An argument without a value is that of the same name above all stages.
    const isInherited = given === undefined && !value && globals.has(name);
    const text = given ?? (value ? expanded(value, known, dockerfile.escape)?.text : globals.get(name));
    if (text !== undefined) own.set(name, text);
    if (!isInherited) declared.set(name, { ...argument(instruction, name, text), needs: [] });
  }
}

function captureMounts(
  { instruction, variables }: Step<RunInstruction>,
  captured: Captured,
  { dockerfile }: CheckContext,
): void {
  const text = (value: string) => expanded(value, variables, dockerfile.escape)?.text ?? value;
  for (const { options } of instruction.mounts) {
    const value = (...keys: readonly string[]) => {
      const found = options.findLast(({ key }) => keys.includes(key.toLowerCase()));
      return found && text(found.value);
    };
    const type = value("type");
    if (type !== "secret" && type !== "ssh") continue;
    const target = value("target", "dst", "destination");
    const id = value("source", "src") || value("id");
    const name = id || (type === "ssh" ? "default" : posix.basename(target ?? ""));
    const required = value("required");
    const needs = type === "ssh" ? captured.ssh : captured.secrets;
    if (!needs.has(name))
      needs.set(name, {
        name,
        required: required !== undefined && required !== "false",
        range: instruction.range,
      });
  }
}

import { posix } from "node:path";
import { added, entriesOf, type GrowingMap, growingMap } from "../base/index.ts";
import {
  formatPlatform,
  type HistoryEntry,
  type ImageConfig,
  type Platform,
  parsePlatform,
} from "../oci/index.ts";
import { chainOf, itemsOf } from "./chain.ts";
import type { GrowingKey, GrownConfig, ImageTemplate, StageState, StepCounter, StepOrigin } from "./types.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const HISTORY_COMMENT = "buildkit.dockerfile.v0";

/** The state of a stage that starts from nothing. */
export function emptyState(platform: Platform, steps: StepCounter): StageState {
  return startedFrom({ platform, config: { WorkingDir: "/" }, history: [] }, { steps });
}

/** The state of a stage right after FROM an image. */
export function stateFromImage(
  config: ImageConfig,
  rest: Pick<StageState, "steps"> & Partial<Pick<StageState, "vertex">>,
): StageState {
  const { os, architecture, variant } = config;
  const platform: Platform = { os, architecture, ...(variant !== undefined && { variant }) };
  const image = {
    platform,
    ...(config.author !== undefined && { author: config.author }),
    config: config.config ?? {},
    history: config.history ?? [],
  };
  return startedFrom(image, rest);
}

/** The state of a stage right after FROM another stage: its ARGs live on below its ENV, its CMD is a base's. */
export function stateFromStage(base: StageState, steps: StepCounter): StageState {
  const { Env, Labels, ExposedPorts, Volumes, OnBuild } = base.grown;
  return {
    ...base,
    grown: {
      Env: copied(Env),
      Labels: copied(Labels),
      ExposedPorts: copied(ExposedPorts),
      Volumes: copied(Volumes),
      OnBuild,
    },
    ...variables([...environmentOf(base), ...entriesOf(Env).values()]),
    args: copied(base.args),
    cmdSet: false,
    steps,
  };
}

/** Stages on one base are walked at the same time; a map that both add to would go back and forth. */
function copied<V>(map: GrowingMap<V>): GrowingMap<V> {
  return growingMap(entriesOf(map));
}

/** PATH is always set, the working directory absolute, and the variables of the image are those of the stage. */
function startedFrom(
  { platform, author, config, history }: ImageTemplate,
  rest: Pick<StageState, "steps"> & Partial<Pick<StageState, "vertex">>,
): StageState {
  const { Env = [], Labels = {}, ExposedPorts = {}, Volumes = {}, OnBuild = [], ...set } = config;
  const hasPath = Env.some((pair) => pair.startsWith("PATH="));
  const list = hasPath ? Env : [...Env, `PATH=${DEFAULT_PATH}`];
  return {
    platform,
    ...(author !== undefined && { author }),
    config: { ...set, ...(set.WorkingDir && { WorkingDir: absoluteWorkdir("/", set.WorkingDir) }) },
    grown: {
      Env: growingMap(byName(list)),
      Labels: growingMap(Object.entries(Labels)),
      ExposedPorts: growingMap(Object.entries(ExposedPorts)),
      Volumes: growingMap(Object.entries(Volumes)),
      OnBuild: chainOf(OnBuild),
    },
    history: chainOf(history.map((entry) => ({ entry }))),
    ...variables(list),
    args: growingMap(),
    cmdSet: false,
    ...rest,
  };
}

/** Pairs by the name that they set. One that a base has twice is kept as it is, by what can not be a name. */
function byName(env: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const [index, pair] of env.entries()) {
    const [name] = splitPair(pair);
    pairs.set(pairs.has(name) ? `=${index}` : name, pair);
  }
  return pairs;
}

/** What the image's config will say. */
export function imageOf({ platform, author, config, grown, history }: StageState): ImageTemplate {
  return {
    platform,
    ...(author !== undefined && { author }),
    config: {
      ...config,
      Env: [...entriesOf(grown.Env).values()],
      ...recordOf("Labels", grown.Labels),
      ...recordOf("ExposedPorts", grown.ExposedPorts),
      ...recordOf("Volumes", grown.Volumes),
      OnBuild: itemsOf(grown.OnBuild),
    },
    history: itemsOf(history).map(({ entry }) => entry),
  };
}

function recordOf<K extends GrowingKey, V>(
  key: K,
  map: GrowingMap<V>,
): { readonly [P in K]?: Readonly<Record<string, V>> } {
  const entries = entriesOf(map);
  return (entries.size === 0 ? {} : { [key]: Object.fromEntries(entries) }) as {
    readonly [P in K]?: Readonly<Record<string, V>>;
  };
}

/** `K=V` as its two halves; a missing `=` is an empty value. */
function splitPair(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

export function withConfig(state: StageState, change: Partial<StageState["config"]>): StageState {
  return { ...state, config: { ...state.config, ...change } };
}

export function withGrown(state: StageState, change: Partial<GrownConfig>): StageState {
  return { ...state, grown: { ...state.grown, ...change } };
}

/** Variables that are set one after the other, `K=V`. */
function variables(pairs: readonly string[]): Pick<StageState, "env" | "written"> {
  const entries = pairs.map(splitPair).map(([key, value], at) => [key, { value, at }] as const);
  return { env: growingMap(entries), written: pairs.length };
}

export function withVariable(state: StageState, key: string, value: string): StageState {
  const { env, written } = state;
  return { ...state, env: added(env, key, { value, at: written }), written: written + 1 };
}

/** The variables of a process, `K=V`, in the order in which they were last set. */
export function environmentOf({ env }: StageState): readonly string[] {
  return [...entriesOf(env)].sort(([, a], [, b]) => a.at - b.at).map(([key, { value }]) => `${key}=${value}`);
}

/** The value of a variable for expansion and RUN. */
export function variableOf(state: StageState, name: string): string | undefined {
  return entriesOf(state.env).get(name)?.value;
}

/** Adds a line of history; `layer` tells whether a layer of the image belongs to it. */
export function withHistory(state: StageState, createdBy: string, layer: boolean): StageState {
  const entry: HistoryEntry = {
    created_by: createdBy,
    comment: HISTORY_COMMENT,
    ...(!layer && { empty_layer: true }),
  };
  return { ...state, history: { last: { entry }, rest: state.history } };
}

/** Says of the entries that were added since `before` what wrote them. */
export function withOrigin(
  state: StageState,
  before: StageState | undefined,
  origin: StepOrigin,
): StageState {
  const added: HistoryEntry[] = [];
  for (let at = state.history; at && at !== before?.history; at = at.rest) added.push(at.last.entry);
  if (added.length === 0) return state;
  const history = added.reduceRight((rest, entry) => ({ last: { entry, origin }, rest }), before?.history);
  return { ...state, history };
}

/** What wrote each entry of the history; as many. */
export function originsOf({ history }: StageState): readonly (StepOrigin | undefined)[] {
  return itemsOf(history).map(({ origin }) => origin);
}

/** The user's working directory without `.`, `..` and slashes that mean nothing; `/` until somebody sets one. */
export function workdirOf(state: StageState): string {
  return posix.resolve("/", state.config.WorkingDir ?? "");
}

/** What the image says of the working directory: an absolute path stays as it is written, as in the reference. */
export function absoluteWorkdir(current: string | undefined, path: string): string {
  if (path.startsWith("/")) return path;
  return path === "" ? current || "/" : posix.join("/", current ?? "", path).replace(/(?<=.)\/$/, "");
}

/** The next step's name, `[build  2/12] RUN make`, and the state that counted it. */
export function nextStep(
  state: StageState,
  text: string,
): { readonly name: string; readonly state: StageState } {
  const { steps } = state;
  const number = String(steps.index + 1).padStart(String(steps.total).length);
  const words = [
    ...(steps.platform ? [platformTitle(state)] : []),
    ...(steps.stage === "" ? [] : [steps.stage]),
  ];
  const name = `[${[...words, `${number}/${steps.total}`].join(" ")}] ${text}`;
  return { name, state: { ...state, steps: { ...steps, index: steps.index + 1 } } };
}

/** `linux/amd64`, and `linux/amd64->arm64` where the stage asks what it builds for, as BuildKit has it. */
function platformTitle(state: StageState): string {
  const { platform } = state;
  const target = targetOf(state) ?? platform;
  if (target.os !== platform.os) return `${formatPlatform(platform)}->${formatPlatform(target)}`;
  if (target.architecture === platform.architecture) return formatPlatform(platform);
  return `${formatPlatform(platform)}->${formatPlatform(target).slice(target.os.length + 1)}`;
}

function targetOf(state: StageState): Platform | undefined {
  const written = variableOf(state, "TARGETPLATFORM");
  const [os, arch, variant] = ["OS", "ARCH", "VARIANT"].map((part) => variableOf(state, `TARGET${part}`));
  const parts = [os || state.platform.os, arch || state.platform.architecture, variant];
  try {
    return parsePlatform(written || parts.filter(Boolean).join("/"), state.platform);
  } catch {
    // The Dockerfile may give them any value.
    return undefined;
  }
}

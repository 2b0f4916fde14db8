import { posix } from "node:path";
import type { HistoryEntry, ImageConfig, Platform, RuntimeConfig } from "../oci/index.ts";
import type { StageState, StepCounter } from "./types.ts";

const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const HISTORY_COMMENT = "buildkit.dockerfile.v0";

/** The state of a stage that starts from nothing. */
export function emptyState(platform: Platform, steps: StepCounter): StageState {
  return started({
    image: { platform, config: { WorkingDir: "/" }, history: [] },
    env: new Map(),
    args: [],
    cmdSet: false,
    steps,
  });
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
  return started({ image, env: new Map(), args: [], cmdSet: false, ...rest });
}

/** The state of a stage right after FROM another stage: its ARGs and ENV live on, its CMD is a base's. */
export function stateFromStage(base: StageState, steps: StepCounter): StageState {
  return started({ ...base, cmdSet: false, steps });
}

/** PATH is always set, the working directory absolute, and the variables of the image are those of the stage. */
function started(state: StageState): StageState {
  const config = state.image.config;
  const hasPath = (config.Env ?? []).some((pair) => pair.startsWith("PATH="));
  const list = hasPath ? (config.Env as readonly string[]) : [...(config.Env ?? []), `PATH=${DEFAULT_PATH}`];
  const env = new Map(state.env);
  for (const pair of list) env.set(...splitPair(pair));
  const workdir = config.WorkingDir ? { WorkingDir: absoluteWorkdir("/", config.WorkingDir) } : {};
  return withConfig({ ...state, env }, { Env: list, ...workdir });
}

/** `K=V` as its two halves; a missing `=` is an empty value. */
export function splitPair(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

export function withConfig(state: StageState, change: Partial<RuntimeConfig>): StageState {
  return { ...state, image: { ...state.image, config: { ...state.image.config, ...change } } };
}

export function withVariable(state: StageState, key: string, value: string): StageState {
  return { ...state, env: new Map(state.env).set(key, value) };
}

/** Adds a line of history; `layer` tells whether a layer of the image belongs to it. */
export function withHistory(state: StageState, createdBy: string, layer: boolean): StageState {
  const entry: HistoryEntry = {
    created_by: createdBy,
    comment: HISTORY_COMMENT,
    ...(!layer && { empty_layer: true }),
  };
  return { ...state, image: { ...state.image, history: [...state.image.history, entry] } };
}

/** The user's working directory without `.`, `..` and slashes that mean nothing; `/` until somebody sets one. */
export function workdirOf(state: StageState): string {
  return posix.resolve("/", state.image.config.WorkingDir ?? "");
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
  const { stage, index, total } = state.steps;
  const number = String(index + 1).padStart(String(total).length);
  const name = `[${stage === "" ? "" : `${stage} `}${number}/${total}] ${text}`;
  return { name, state: { ...state, steps: { stage, index: index + 1, total } } };
}

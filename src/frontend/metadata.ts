import { constants } from "node:os";
import { TareError } from "../base/index.ts";
import type {
  KeyValueInstruction,
  OnbuildInstruction,
  WordInstruction,
  WordsInstruction,
} from "../dockerfile/index.ts";
import { expand } from "./expansion.ts";
import { goList } from "./go-format.ts";
import type { Converter } from "./stage.ts";
import { withConfig, withHistory } from "./state.ts";
import type { StageState } from "./types.ts";

/** The instructions that only write into the image's config. */
export function applyLabel(
  converter: Converter,
  state: StageState,
  instruction: KeyValueInstruction,
): StageState {
  const pairs = instruction.pairs.map(
    ({ key, value }) => [expand(converter, state, key), expand(converter, state, value ?? "")] as const,
  );
  const labels = { ...state.image.config.Labels, ...Object.fromEntries(pairs) };
  const history = ["LABEL", ...pairs.map(([key, value]) => `${key}=${value}`)].join(" ");
  return withHistory(withConfig(state, { Labels: labels }), history, false);
}

export function applyMaintainer(state: StageState, { word }: WordInstruction): StageState {
  const named = { ...state, image: { ...state.image, author: word.text } };
  return withHistory(named, `MAINTAINER ${word.text}`, false);
}

export function applyUser(converter: Converter, state: StageState, { word }: WordInstruction): StageState {
  const user = expand(converter, state, word);
  return withHistory(withConfig(state, { User: user }), `USER ${user}`, false);
}

export function applyVolume(
  converter: Converter,
  state: StageState,
  { words }: WordsInstruction,
): StageState {
  const paths = words.map((word) => expand(converter, state, word));
  if (paths.includes(""))
    throw new TareError("user-dockerfile-semantics", "VOLUME specified can not be an empty string");
  const volumes = { ...state.image.config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
  return withHistory(withConfig(state, { Volumes: volumes }), `VOLUME ${goList(paths)}`, false);
}

export function applyStopSignal(
  converter: Converter,
  state: StageState,
  { word }: WordInstruction,
): StageState {
  const signal = expand(converter, state, word);
  if (!isSignal(signal))
    throw new TareError("user-dockerfile-semantics", `invalid signal: ${signal}`, {
      hint: "write a name such as SIGTERM or a number from 1 to 64",
    });
  return withHistory(withConfig(state, { StopSignal: signal }), `STOPSIGNAL ${signal}`, false);
}

export function applyOnbuild(state: StageState, { trigger }: OnbuildInstruction): StageState {
  return withConfig(state, { OnBuild: [...(state.image.config.OnBuild ?? []), trigger] });
}

/** Names with and without SIG, real-time signals, and numbers of Linux. */
function isSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 64;
  const name = text.toUpperCase().replace(/^SIG/, "");
  return (
    `SIG${name}` in constants.signals || /^RTMIN(\+([1-9]|1[0-5]))?$|^RTMAX(-([1-9]|1[0-4]))?$/.test(name)
  );
}

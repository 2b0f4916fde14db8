import { constants } from "node:os";
import { added, TareError } from "../base/index.ts";
import type {
  KeyValueInstruction,
  OnbuildInstruction,
  WordInstruction,
  WordsInstruction,
} from "../dockerfile/index.ts";
import { suggest } from "../text/index.ts";
import { expand } from "./expansion.ts";
import { goList } from "./go-format.ts";
import type { Converter } from "./stage.ts";
import { withConfig, withGrown, withHistory } from "./state.ts";
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
  const Labels = pairs.reduce((labels, [key, value]) => added(labels, key, value), state.grown.Labels);
  const history = ["LABEL", ...pairs.map(([key, value]) => `${key}=${value}`)].join(" ");
  return withHistory(withGrown(state, { Labels }), history, false);
}

export function applyMaintainer(state: StageState, { word }: WordInstruction): StageState {
  const named = { ...state, author: word.text };
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
    throw new TareError("user-dockerfile-semantics", "VOLUME specified can not be an empty string", {
      hint: "a variable of this instruction has no value here; give it one by ARG or ENV",
    });
  const Volumes = paths.reduce((volumes, path) => added(volumes, path, {}), state.grown.Volumes);
  return withHistory(withGrown(state, { Volumes }), `VOLUME ${goList(paths)}`, false);
}

export function applyStopSignal(
  converter: Converter,
  state: StageState,
  { word }: WordInstruction,
): StageState {
  const signal = expand(converter, state, word);
  if (!isSignal(signal)) {
    const name = /^(?:SIG)?([a-z]{3,})$/i.exec(signal)?.[1];
    const near = name && suggest(`SIG${name}`, Object.keys(constants.signals));
    throw new TareError("user-dockerfile-semantics", `invalid signal: ${signal}`, {
      hint: near ? `did you mean ${near}?` : "write a name such as SIGTERM or a number such as 15",
    });
  }
  return withHistory(withConfig(state, { StopSignal: signal }), `STOPSIGNAL ${signal}`, false);
}

export function applyOnbuild(state: StageState, { trigger }: OnbuildInstruction): StageState {
  return withGrown(state, { OnBuild: { last: trigger, rest: state.grown.OnBuild } });
}

/** Names with and without SIG, real-time signals, and numbers, any but zero. */
function isSignal(text: string): boolean {
  if (/^[-+]?\d+$/.test(text)) return Number(text) !== 0;
  const name = text.toUpperCase().replace(/^SIG/, "");
  return (
    name === "CLD" ||
    `SIG${name}` in constants.signals ||
    /^RTMIN(\+([1-9]|1[0-5]))?$|^RTMAX(-([1-9]|1[0-4]))?$/.test(name)
  );
}

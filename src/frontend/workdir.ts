import type { Stage, WordInstruction } from "../dockerfile/index.ts";
import { displayText, expand } from "./expansion.ts";
import type { Step } from "./instruction.ts";
import { type Converter, ignoresCache } from "./stage.ts";
import { absoluteWorkdir, nextStep, withConfig, withHistory } from "./state.ts";
import type { StageState } from "./types.ts";

/** WORKDIR: relative to the one before; made with its parents, owned by the user of the moment, unless `/`. */
export function applyWorkdir(converter: Converter, stage: Stage, step: Step<WordInstruction>): StageState {
  const { instruction } = step;
  const path = absoluteWorkdir(step.state.config.WorkingDir, expand(converter, step.state, instruction.word));
  const { name, state } = nextStep(
    step.state,
    stepText(step, displayText(converter, step.state, instruction.text)),
  );
  const moved = withConfig(state, { WorkingDir: path });
  if (path === "/") return withHistory(moved, `WORKDIR ${path}`, false);
  const user = state.config.User ?? "";
  const action = { action: "mkdir", path, mode: 0o755, ...(user !== "" && { owner: user }) } as const;
  const vertex = converter.builder.add(
    { type: "file", base: state.vertex === undefined ? -1 : 0, actions: [action] },
    state.vertex === undefined ? [] : [state.vertex],
    { name, origin: instruction.range, ignoreCache: ignoresCache(converter, stage) },
  );
  return withHistory({ ...moved, vertex }, `WORKDIR ${path}`, true);
}

/** The instruction's text, its keyword in upper case, marked when an ONBUILD brought it. */
export function stepText(step: Pick<Step, "trigger">, text: string): string {
  const shown = text.replace(/^\S+/u, (keyword) => keyword.toUpperCase());
  return step.trigger ? `ONBUILD ${shown}` : shown;
}

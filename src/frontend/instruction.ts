import { assertNever } from "../base/index.ts";
import type { Stage, StageInstruction } from "../dockerfile/index.ts";
import { applyArg } from "./arg.ts";
import { applyCommand, applyShell } from "./command.ts";
import { applyCopy } from "./copy.ts";
import { applyEnv } from "./env.ts";
import { applyExpose } from "./expose.ts";
import { applyHealthcheck } from "./healthcheck.ts";
import {
  applyLabel,
  applyMaintainer,
  applyOnbuild,
  applyStopSignal,
  applyUser,
  applyVolume,
} from "./metadata.ts";
import { applyRun } from "./run.ts";
import type { Converter } from "./stage.ts";
import type { StageState } from "./types.ts";
import { applyWorkdir } from "./workdir.ts";

/** One instruction on its way through a stage. */
export interface Step<I extends StageInstruction = StageInstruction> {
  readonly state: StageState;
  readonly instruction: I;
  /** Whether it comes from an ONBUILD of the base. */
  readonly trigger: boolean;
}

/** The state of the stage after one instruction. */
export async function applyInstruction(converter: Converter, stage: Stage, step: Step): Promise<StageState> {
  const { state, instruction, trigger } = step;
  switch (instruction.keyword) {
    case "RUN":
      return applyRun(converter, stage, { state, instruction, trigger });
    case "COPY":
    case "ADD":
      return applyCopy(converter, stage, { state, instruction, trigger });
    case "WORKDIR":
      return applyWorkdir(converter, stage, { state, instruction, trigger });
    case "ARG":
      return applyArg(converter, state, instruction);
    case "ENV":
      return applyEnv(converter, state, instruction);
    case "LABEL":
      return applyLabel(converter, state, instruction);
    case "CMD":
    case "ENTRYPOINT":
      return applyCommand(state, instruction);
    case "SHELL":
      return applyShell(state, instruction);
    case "EXPOSE":
      return applyExpose(converter, state, instruction);
    case "VOLUME":
      return applyVolume(converter, state, instruction);
    case "USER":
      return applyUser(converter, state, instruction);
    case "STOPSIGNAL":
      return applyStopSignal(converter, state, instruction);
    case "MAINTAINER":
      return applyMaintainer(state, instruction);
    case "HEALTHCHECK":
      return applyHealthcheck(state, instruction);
    case "ONBUILD":
      return applyOnbuild(state, instruction);
    default:
      return assertNever(instruction);
  }
}

import type { CommandInstruction, WordInstruction } from "../dockerfile/index.ts";
import { chainOf } from "./context.ts";
import type { CheckedStage, Step } from "./stages.ts";

/** How an image starts, so far as the Dockerfile and a known base say; `step` is absent for what the base brings. */
export interface Runtime {
  readonly entrypoint?: RuntimeCommand;
  readonly cmd?: RuntimeCommand;
  readonly user?: { readonly name: string; readonly step?: Step<WordInstruction> };
}

export interface RuntimeCommand {
  /** Absent in shell form. */
  readonly args?: readonly string[];
  readonly step?: Step<CommandInstruction>;
}

/** Behind the last instruction of a stage. */
export function runtimeOf(stage: CheckedStage): Runtime {
  let runtime = runtimeOfBase(stage);
  for (const { steps, triggers } of chainOf(stage)) {
    let cmdSet = false;
    // A command of a trigger is its author's to look at.
    const users = triggers.filter(({ instruction }) => instruction.keyword === "USER");
    runtime = users.reduce((before, step) => after(before, step, false), runtime);
    for (const step of steps) {
      runtime = after(runtime, step, cmdSet);
      cmdSet ||= step.instruction.keyword === "CMD";
    }
  }
  return runtime;
}

/** An ENTRYPOINT drops a CMD that was there before this stage. */
function after(runtime: Runtime, step: Step, cmdSet: boolean): Runtime {
  const { instruction } = step;
  if (instruction.keyword === "USER")
    return { ...runtime, user: { name: instruction.word.text, step: step as Step<WordInstruction> } };
  if (instruction.keyword !== "CMD" && instruction.keyword !== "ENTRYPOINT") return runtime;
  const { command } = instruction;
  const own: RuntimeCommand = {
    step: step as Step<CommandInstruction>,
    ...(command.form === "exec" && { args: command.args }),
  };
  if (instruction.keyword === "CMD") return { ...runtime, cmd: own };
  const { cmd, ...rest } = runtime;
  return { ...rest, entrypoint: own, ...(cmd && cmdSet && { cmd }) };
}

function runtimeOfBase({ base }: CheckedStage): Runtime {
  const config = base.type === "image" ? base.known?.config : undefined;
  return {
    ...(config?.Entrypoint && config.Entrypoint.length > 0 && { entrypoint: { args: config.Entrypoint } }),
    ...(config?.Cmd && config.Cmd.length > 0 && { cmd: { args: config.Cmd } }),
    ...(config?.User && { user: { name: config.User } }),
  };
}

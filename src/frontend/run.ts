import { TareError } from "../base/index.ts";
import type { RunInstruction, Stage } from "../dockerfile/index.ts";
import { commandArgs, shellArgs } from "./command.ts";
import { displayText } from "./expansion.ts";
import type { Step } from "./instruction.ts";
import type { Converter } from "./stage.ts";
import { nextStep, withHistory, workdirOf } from "./state.ts";
import type { StageState } from "./types.ts";
import { stepText } from "./workdir.ts";

/** RUN: its environment is what ENV and ARG have said so far, its layer whatever the process changes. */
export function applyRun(converter: Converter, _stage: Stage, step: Step<RunInstruction>): StageState {
  const { instruction } = step;
  refuseUnsupported(instruction);
  const args = runArgs(step.state, instruction);
  const { name, state } = nextStep(
    step.state,
    stepText(step, displayText(converter, step.state, instruction.text)),
  );
  if (state.vertex === undefined) throw scratchError(args);
  const vertex = converter.builder.add(
    {
      type: "exec",
      args,
      env: [...state.env].map(([key, value]) => `${key}=${value}`),
      cwd: workdirOf(state),
      user: state.image.config.User ?? "",
      network: instruction.network?.text === "none" ? "none" : "host",
      proxyEnv: converter.request.proxyEnv,
    },
    [state.vertex],
    { name, origin: instruction.range, ignoreCache: converter.request.noCache },
  );
  return withHistory({ ...state, vertex }, `RUN ${historyText(state, args)} # buildkit`, true);
}

/** A single heredoc is the script itself; any other mix of text and heredocs is put together again. */
function runArgs(state: StageState, { command }: RunInstruction): readonly string[] {
  if (command.form === "exec" || command.heredocs.length === 0) return commandArgs(state, command);
  const [only, ...more] = command.heredocs;
  const alone = more.length === 0 && /^<<-?\s*(["']?)[^\s"'<>]+\1$/.test(command.text.trim());
  if (only && alone) {
    if (only.body.startsWith("#!"))
      throw new TareError("user-unsupported", "a RUN heredoc that starts with #! is not supported yet", {
        hint: "drop the #! line, or COPY the script and RUN it",
      });
    return shellArgs(state, only.body);
  }
  const bodies = command.heredocs.map(({ name, source }) => `\n${source}${name}`);
  return shellArgs(state, command.text + bodies.join(""));
}

/** What is not done yet is refused: a step that ignored one of these would do something else. */
function refuseUnsupported({ mounts, security, devices, network }: RunInstruction): void {
  const flag = unsupportedFlag({ mounts: mounts.length, devices: devices.length, security: security?.text });
  if (flag !== undefined)
    throw new TareError("user-unsupported", `RUN ${flag} is not supported yet`, {
      hint: flag === "--mount" ? "COPY the files into an earlier stage instead" : `remove ${flag}`,
    });
  if (network && !["default", "none", "host"].includes(network.text))
    throw new TareError("user-dockerfile-semantics", `invalid network mode ${JSON.stringify(network.text)}`, {
      hint: "--network takes default, none or host",
    });
}

function unsupportedFlag(flags: {
  readonly mounts: number;
  readonly devices: number;
  readonly security: string | undefined;
}): string | undefined {
  if (flags.mounts > 0) return "--mount";
  if (flags.devices > 0) return "--device";
  return flags.security !== undefined && flags.security !== "sandbox"
    ? `--security=${flags.security}`
    : undefined;
}

/** The build arguments stand before the command, `|2 A=1 B=2 /bin/sh -c make`. */
function historyText(state: StageState, args: readonly string[]): string {
  const shown = new Map(state.args.map(({ key, value }) => [key, state.env.get(key) ?? value ?? ""]));
  const list = [...shown].map(([key, value]) => `${key}=${value}`);
  return [...(list.length > 0 ? [`|${list.length}`, ...list] : []), ...args].join(" ");
}

function scratchError(args: readonly string[]): TareError {
  return new TareError("exec-not-found", `${args[0]} can not run in an empty image (FROM scratch)`, {
    hint: "do it in an earlier stage on a full base and COPY --from the result",
  });
}

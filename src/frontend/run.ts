import { entriesOf, TareError } from "../base/index.ts";
import { parseHeredocMark, RUN_ELSEWHERE, type RunInstruction, type Stage } from "../dockerfile/index.ts";
import type { ExecMount, ExecOp } from "../graph/index.ts";
import { formatPlatform, type Platform } from "../oci/index.ts";
import { commandArgs, shellArgs } from "./command.ts";
import { displayText } from "./expansion.ts";
import type { Step } from "./instruction.ts";
import { convertMounts } from "./mounts.ts";
import { type Converter, ignoresCache } from "./stage.ts";
import { environmentOf, nextStep, variableOf, withHistory, workdirOf } from "./state.ts";
import type { FrontendRequest, StageState } from "./types.ts";
import { stepText } from "./workdir.ts";

/** RUN: its environment is what ENV and ARG have said so far, its layer whatever the process changes. */
export async function applyRun(
  converter: Converter,
  stage: Stage,
  step: Step<RunInstruction>,
): Promise<StageState> {
  const { instruction } = step;
  const { request } = converter;
  refuseDevices(instruction);
  const { args, script } = runArgs(step.state, instruction);
  const { name, state } = nextStep(
    step.state,
    stepText(step, displayText(converter, step.state, instruction.text)),
  );
  if (state.vertex === undefined) throw scratchError(args);
  refuseForeign(request, state.platform);
  const found = await convertMounts(converter, stage, { state, flags: instruction.mounts, firstInput: 1 });
  const vertex = converter.builder.add(
    {
      type: "exec",
      args,
      env: [...environmentOf(state), ...found.env],
      cwd: workdirOf(state),
      user: state.config.User ?? "",
      network: networkOf(converter, instruction),
      security: securityOf(converter, instruction),
      mounts: [...found.mounts, ...script],
      hosts: request.hosts,
      ulimits: request.ulimits,
      ...hostnameOf(request),
      ...(request.shmSize !== undefined && { shmSize: request.shmSize }),
      proxyEnv: request.proxyEnv,
    },
    [state.vertex, ...found.inputs],
    { name, origin: instruction.range, ignoreCache: ignoresCache(converter, stage) },
  );
  return withHistory({ ...state, vertex }, `RUN ${historyText(state, args)} # buildkit`, true);
}

/** Where a heredoc that says what runs it is put, and started by the shell, as in the reference. */
const SCRIPTS = "/dev/pipes";

/**
 * A single heredoc is the script itself, for the shell or for whatever its first line names; any other mix of
 * text and heredocs is put together again.
 */
function runArgs(
  state: StageState,
  { command }: RunInstruction,
): { readonly args: readonly string[]; readonly script: readonly ExecMount[] } {
  if (command.form === "exec" || command.heredocs.length === 0)
    return { args: commandArgs(state, command), script: [] };
  const [only] = command.heredocs;
  if (only && parseHeredocMark(command.text)) {
    if (!only.body.startsWith("#!")) return { args: shellArgs(state, only.body), script: [] };
    const target = `${SCRIPTS}/${only.name}`;
    return { args: shellArgs(state, target), script: [{ type: "script", target, content: only.body }] };
  }
  const bodies = command.heredocs.map(({ name, source }) => `\n${source}${name}`);
  return { args: shellArgs(state, command.text + bodies.join("")), script: [] };
}

/** What is not done is refused: a step that ignored it would do something else. */
function refuseDevices({ devices }: RunInstruction): void {
  if (devices.length > 0)
    throw new TareError("user-unsupported", "RUN --device is not supported", {
      hint: "it is an experiment of BuildKit's; remove the flag",
    });
}

/** Copying into an image of another platform is nothing special; running its programs is. */
function refuseForeign({ runnable, buildPlatform }: FrontendRequest, platform: Platform): void {
  if (platform.os === "linux" && runnable.includes(platform.architecture)) return;
  throw new TareError(
    "user-unsupported",
    `programs of ${formatPlatform(platform)} do not run on ${formatPlatform(buildPlatform)}`,
    {
      hint: "build in a stage of this machine's own platform (FROM --platform=$BUILDPLATFORM) and copy the result, or install QEMU's emulators (binfmt-support, qemu-user-static)",
    },
  );
}

function networkOf({ request }: Converter, { network }: RunInstruction): ExecOp["network"] {
  return network === undefined || network === "default" ? request.network : network;
}

/** `--build-arg BUILDKIT_SANDBOX_HOSTNAME=NAME`. */
function hostnameOf({ buildArgs }: FrontendRequest): Pick<ExecOp, "hostname"> {
  const hostname = buildArgs.BUILDKIT_SANDBOX_HOSTNAME;
  return hostname ? { hostname } : {};
}

function securityOf({ request }: Converter, { security }: RunInstruction): ExecOp["security"] {
  if (security !== "insecure" || request.allowInsecure) return security ?? "sandbox";
  throw new TareError("user-dockerfile-semantics", "RUN --security=insecure is not allowed", {
    hint: "allow it for this build: --allow security.insecure",
  });
}

/** The build arguments stand before the command, `|2 A=1 B=2 /bin/sh -c make`. */
function historyText(state: StageState, args: readonly string[]): string {
  const list = [...entriesOf(state.args)].map(([key, value]) => `${key}=${variableOf(state, key) ?? value}`);
  return [...(list.length > 0 ? [`|${list.length}`, ...list] : []), ...args].join(" ");
}

function scratchError(args: readonly string[]): TareError {
  return new TareError(
    "exec-not-found",
    `${args[0] ?? "RUN []"} can not run in an empty image (FROM scratch)`,
    {
      hint: RUN_ELSEWHERE,
    },
  );
}

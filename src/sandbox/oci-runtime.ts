import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { arch, constants } from "node:os";
import { basename, join } from "node:path";
import { isatty, WriteStream } from "node:tty";
import { isSystemError, lazy, maySetGroups, TareError, throwIfCancelled } from "../base/index.ts";
import { insideCgroups, leaveCgroups } from "./enter-cgroups.ts";
import { hasStarted, pidIn } from "./has-started.ts";
import { joinCommand } from "./join-files.ts";
import { throwRuntimeError } from "./runtime-error.ts";
import { processOf, runtimeSpec, type SeccompChoice } from "./runtime-spec.ts";
import { seccompProfile } from "./seccomp.ts";
import { seccompFilter } from "./seccomp-filter.ts";
import { openStreams, type Streams } from "./streams.ts";
import type { ExitStatus, Sandbox, TerminalSize } from "./types.ts";

/** A program that runs OCI bundles. */
export interface RuntimeProgram {
  readonly name: "crun" | "runc";
  readonly path: string;
  /** mount(8), for a runtime that drops `nodev` from the root. */
  readonly mount?: string;
}

/** Limits are kept by a cgroup that the whole runtime is in; of their own they need rights that a user does not have. */
const GLOBAL_FLAGS: Readonly<Record<RuntimeProgram["name"], readonly string[]>> = {
  crun: ["--cgroup-manager=disabled"],
  runc: ["--rootless=true"],
};

/** runc or crun as a sandbox. */
export function ociRuntime(
  program: RuntimeProgram,
  options: { readonly userNamespace: boolean; readonly memory: string },
): Sandbox {
  const seccomp = lazy(() => seccompFor(program, options.memory));
  return {
    name: program.name,
    async run(spec, io, { scratch, signal, onStart, onRunning, onResize }) {
      throwIfCancelled(signal);
      const bundle = join(scratch, "bundle");
      mkdirSync(bundle, { recursive: true });
      const config = runtimeSpec(spec, {
        ...options,
        hasTerminalGroup: maySetGroups(),
        seccomp: seccomp(),
        mountProgram: program.mount,
        terminalSize: spec.terminal ? terminalSize() : undefined,
      });
      writeFileSync(join(bundle, "config.json"), JSON.stringify(config), { mode: 0o600 });
      const log = join(scratch, "runtime.log");
      const pidFile = join(scratch, "pid");
      // Of a process before this one.
      for (const left of [log, pidFile]) rmSync(left, { force: true });
      const id = basename(scratch);
      const flags = flagsOf(program, { scratch, log });
      const streams = openStreams(io);
      const words = [program.path, ...flags, "run", "--bundle", bundle, "--pid-file", pidFile, id];
      const [first = "", ...args] = insideCgroups(words, spec);
      const child = spawn(first, args, { stdio: [...streams.stdio] });
      streams.started();
      const kill = () => killContainer(program, [...flags, "kill", id, "KILL"]);
      onStart?.((name) => (name === "SIGKILL" ? kill() : child.kill(name)));
      const ended = new AbortController();
      const started = () => {
        leaveCgroups(child.pid, spec);
        onRunning?.();
      };
      const running =
        (onRunning ?? spec.cgroups) &&
        watchStart(pidFile, { program, ended: ended.signal, onRunning: started });
      if (spec.terminal && program.name === "crun") onResize?.(() => resize(pidIn(pidFile)));
      const status = await finish(child, { program, kill, streams, signal });
      ended.abort();
      await running;
      if (status.code !== 0) await throwRuntimeError({ program: program.name, log, spec, code: status.code });
      return status;
    },
    async joining(spec, { scratch }) {
      return joinCommand(scratch, {
        content: processOf(spec, spec.terminalSize),
        words({ spec: file, log }) {
          const flags = flagsOf(program, { scratch, log });
          const command = [program.path, ...flags, "exec", "--process", file, basename(scratch)];
          return insideCgroups(command, spec, { must: false });
        },
        async check(code, { log }) {
          if (code !== 0) await throwRuntimeError({ program: program.name, log, spec, code });
        },
      });
    },
  };
}

function flagsOf(
  { name }: RuntimeProgram,
  { scratch, log }: { readonly scratch: string; readonly log: string },
): readonly string[] {
  return [...GLOBAL_FLAGS[name], "--root", join(scratch, "state"), "--log", log, "--log-format", "json"];
}

/** A runtime runs as itself, or as a copy of itself in memory, until it becomes the process. */
async function watchStart(
  pidFile: string,
  {
    program,
    ended,
    onRunning,
  }: { readonly program: RuntimeProgram; readonly ended: AbortSignal; readonly onRunning: () => void },
): Promise<void> {
  const isStarter = (path: string) => path === program.path || /^\/memfd:|\/(crun|runc)( |$)/.test(path);
  if (await hasStarted(() => pidIn(pidFile), { isStarter, ended })) onRunning();
}

/** Of the terminal that the runtime relays to; crun does not find it out by itself. */
export function terminalSize(): TerminalSize | undefined {
  if (!isatty(1)) return undefined;
  const terminal = new WriteStream(1);
  const [width, height] = terminal.getWindowSize();
  return { height, width };
}

/** crun passes the signal on and not the size, which the terminal of the process itself has to be told. */
function resize(pid: number | undefined): void {
  const size = terminalSize();
  if (size === undefined || pid === undefined) return;
  const words = ["-F", `/proc/${pid}/fd/0`, "rows", String(size.height), "cols", String(size.width)];
  spawn("stty", words, { stdio: "ignore" }).on("error", () => undefined);
}

function seccompFor({ name }: RuntimeProgram, memory: string): SeccompChoice {
  const profile = seccompProfile(arch());
  const bpf = name === "crun" ? seccompFilter(profile, memory) : undefined;
  return bpf === undefined ? { profile } : { bpf };
}

interface Running {
  readonly program: RuntimeProgram;
  readonly kill: () => void;
  readonly streams: Streams;
  readonly signal: AbortSignal;
}

async function finish(child: ChildProcess, { program, kill, streams, signal }: Running): Promise<ExitStatus> {
  let again: NodeJS.Timeout | undefined;
  // A container that is just being made can not be killed yet.
  const killUntilDead = () => {
    kill();
    again = setInterval(kill, KILL_AGAIN);
  };
  signal.addEventListener("abort", killUntilDead, { once: true });
  try {
    const [code, name] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    await streams.ended();
    throwIfCancelled(signal);
    return { code: code ?? 128 + (name === null ? 0 : constants.signals[name]) };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new TareError("environment-runtime", `can not start ${program.path}`, {
      hint: "reinstall it, or use --isolation=chroot",
      cause: error,
    });
  } finally {
    signal.removeEventListener("abort", killUntilDead);
    clearInterval(again);
  }
}

/** Milliseconds. */
const KILL_AGAIN = 200;

function killContainer(program: RuntimeProgram, args: readonly string[]): void {
  spawn(program.path, args, { stdio: "ignore" }).on("error", () => {});
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { arch, constants } from "node:os";
import { basename, join } from "node:path";
import { isatty, WriteStream } from "node:tty";
import { isSystemError, lazy, TareError, throwIfCancelled } from "../base/index.ts";
import { execFailure } from "./exec-failure.ts";
import { runtimeSpec, type SeccompChoice, type TerminalSize } from "./runtime-spec.ts";
import { seccompProfile } from "./seccomp.ts";
import { seccompFilter } from "./seccomp-filter.ts";
import type { ExitStatus, ProcessIo, ProcessSpec, Sandbox } from "./types.ts";

/** A program that runs OCI bundles. */
export interface RuntimeProgram {
  readonly name: "crun" | "runc";
  readonly path: string;
  /** mount(8), for a runtime that drops `nodev` from the root. */
  readonly mount?: string;
}

/** Without limits to enforce there is no use for cgroups, which need rights that a user does not have. */
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
    async run(spec, io, { scratch, signal, onStart }) {
      throwIfCancelled(signal);
      const bundle = join(scratch, "bundle");
      mkdirSync(bundle);
      writeFileSync(
        join(bundle, "config.json"),
        JSON.stringify(
          runtimeSpec(spec, {
            ...options,
            seccomp: seccomp(),
            mountProgram: program.mount,
            terminalSize: spec.terminal ? terminalSize() : undefined,
          }),
        ),
      );
      const log = join(scratch, "runtime.log");
      const id = basename(scratch);
      const flags = [
        ...GLOBAL_FLAGS[program.name],
        "--root",
        join(scratch, "state"),
        "--log",
        log,
        "--log-format",
        "json",
      ];
      const child = spawn(program.path, [...flags, "run", "--bundle", bundle, id], { stdio: stdio(io) });
      onStart?.((name) => child.kill(name));
      const status = await finish(child, {
        program,
        kill: () => killContainer(program, [...flags, "kill", id, "KILL"]),
        io,
        signal,
      });
      if (status.code !== 0) await throwRuntimeError(program, { log, spec, status });
      return status;
    },
  };
}

/** Of the terminal that the runtime relays to; crun does not find it out by itself. */
function terminalSize(): TerminalSize | undefined {
  if (!isatty(1)) return undefined;
  const terminal = new WriteStream(1);
  const [width, height] = terminal.getWindowSize();
  return { height, width };
}

function seccompFor({ name }: RuntimeProgram, memory: string): SeccompChoice {
  const profile = seccompProfile(arch());
  const bpf = name === "crun" ? seccompFilter(profile, memory) : undefined;
  return bpf === undefined ? { profile } : { bpf };
}

function stdio(io: ProcessIo): ("inherit" | "ignore" | "pipe")[] {
  const pipe = (target: ProcessIo["stdout"]) => (target === "inherit" ? "inherit" : "pipe");
  return [io.stdin ?? "ignore", pipe(io.stdout), pipe(io.stderr)];
}

interface Running {
  readonly program: RuntimeProgram;
  readonly kill: () => void;
  readonly io: ProcessIo;
  readonly signal: AbortSignal;
}

async function finish(child: ChildProcess, { program, kill, io, signal }: Running): Promise<ExitStatus> {
  if (io.stdout !== "inherit") child.stdout?.pipe(io.stdout, { end: false });
  if (io.stderr !== "inherit") child.stderr?.pipe(io.stderr, { end: false });
  let again: NodeJS.Timeout | undefined;
  // A container that is just being made can not be killed yet.
  const killUntilDead = () => {
    kill();
    again = setInterval(kill, KILL_AGAIN);
  };
  signal.addEventListener("abort", killUntilDead, { once: true });
  try {
    const [code, name] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
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

/** The runtime's own log tells its failures from those of the process. */
async function throwRuntimeError(
  program: RuntimeProgram,
  { log, spec, status }: { readonly log: string; readonly spec: ProcessSpec; readonly status: ExitStatus },
): Promise<void> {
  const command = spec.args[0] ?? "";
  const message = (await lastError(log)) ?? (status.code === 1 ? refusal(spec) : undefined);
  if (message === undefined) return;
  if (
    /permission denied|exec format error|is a directory|open executable: operation not permitted/i.test(
      message,
    )
  )
    throw new TareError("exec-not-executable", `${command} can not be executed: ${message}`, {
      hint: "check its mode, its #! line and the architecture that it was built for",
      exitCode: status.code,
    });
  // A mount whose source or target is missing is told in the same words, and is not the program's fault.
  if (/\bexec|^no such file/i.test(message) && /not found|no such file/i.test(message))
    throw new TareError("exec-not-found", `${command} does not exist in the image: ${message}`, {
      hint: `check the path and PATH; a script needs the interpreter that its first line names, a program its dynamic loader`,
      exitCode: status.code,
    });
  throw new TareError("environment-runtime", `${program.name} failed: ${message}`, {
    hint: "when it names a path, check the mounts; --isolation=chroot needs no runtime",
    exitCode: status.code,
  });
}

/** In the words of the kernel, which crun writes to the process's standard error only. */
function refusal(spec: ProcessSpec): string | undefined {
  const failure = execFailure(spec);
  if (failure === undefined) return undefined;
  return failure === "not-found" ? "no such file or directory" : "permission denied or exec format error";
}

async function lastError(log: string): Promise<string | undefined> {
  const lines = (await readFile(log, "utf8").catch(() => "")).split("\n").filter(Boolean);
  for (const line of lines.toReversed()) {
    const record = parseLine(line);
    if (record?.level === "error" || record?.level === "fatal") return record.msg;
  }
  return undefined;
}

function parseLine(line: string): { readonly level?: string; readonly msg?: string } | undefined {
  try {
    return JSON.parse(line) as { level?: string; msg?: string };
  } catch {
    return undefined;
  }
}

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { kill } from "node:process";
import { isSystemError, TareError, throwIfCancelled } from "../base/index.ts";
import { childOf, hasStarted } from "./has-started.ts";
import { joinCommand } from "./join-files.ts";
import { openStreams, type Streams } from "./streams.ts";
import type { ExitStatus, ProcessSpec, Sandbox } from "./types.ts";

/** Exit codes by which the inner program tells its own failures; no process is likely to use them. */
export const CHROOT_EXIT = { notFound: 243, notExecutable: 244, failed: 245 } as const;

/**
 * The embedded way to run processes: own pid, ipc, uts and mount namespaces and a changed root, with
 * Docker's capabilities, but no seccomp filter and no masked files in /proc. `program` starts the inner
 * half, which is `enterChroot`.
 */
export function chrootSandbox({ program }: { readonly program: readonly string[] }): Sandbox {
  return {
    name: "chroot",
    async run(spec, io, { scratch, signal, onStart, onRunning }) {
      throwIfCancelled(signal);
      const file = join(scratch, "spec.json");
      const content = { ...spec, stderr: OWN_STDERR } satisfies ChrootSpec;
      await writeFile(file, JSON.stringify(content), { mode: 0o600 });
      const namespaces = [
        "--mount",
        "--pid",
        "--ipc",
        "--uts",
        ...(spec.network === "none" ? ["--net"] : []),
      ];
      const limits = (spec.ulimits ?? []).map((limit) => `--${limit}`);
      const joined = typeof spec.network === "object" ? ["nsenter", `--net=${spec.network.namespace}`] : [];
      const command = [
        ...joined,
        ...DEAF,
        "unshare",
        ...namespaces,
        "--fork",
        "--kill-child=KILL",
        ...program,
        file,
      ];
      const [first = "", ...rest] = limits.length > 0 ? ["prlimit", ...limits, ...command] : command;
      const streams = openStreams(io);
      const [stdin, stdout, stderr] = streams.stdio;
      const stdio = [stdin, stdout, "pipe", stderr === "inherit" ? 2 : stderr];
      const child = spawn(first, rest, { stdio, signal, killSignal: "SIGKILL" } as SpawnOptions);
      const said = lastWords(child);
      streams.started();
      // It stays the process that has made the namespaces.
      await writeFile(join(scratch, PID), String(child.pid));
      const find = () => childOf(child.pid as number);
      onStart?.((name) => (name === "SIGKILL" ? child.kill(name) : send(find(), name)));
      const ended = new AbortController();
      const running = onRunning && watchStart(find, { starter: program[0], ended: ended.signal, onRunning });
      const status = await closed(child, { streams, signal });
      ended.abort();
      await running;
      // unshare(1) until version 2.39 stumbles over a child that was killed.
      if (/sigprocmask unblock failed/.test(said())) return { code: 128 + constants.signals.SIGKILL };
      throwOwnFailure(status, spec.args[0] ?? "", said());
      return status;
    },
    async joining(spec, { scratch }) {
      const pid = await readFile(join(scratch, PID), "utf8");
      const namespaces = Object.entries(JOINED)
        // The host's can not be joined in a user namespace, and need not be.
        .filter(([flag]) => flag !== "net" || spec.network !== "host")
        .map(([flag, name]) => `--${flag}=/proc/${pid}/ns/${name}`);
      return joinCommand(scratch, {
        content: { ...spec, joins: true } satisfies ChrootSpec,
        words: ({ spec: file }) => ["nsenter", ...namespaces, ...program, file],
        check: async (code) => throwOwnFailure({ code }, spec.args[0] ?? ""),
      });
    },
  };
}

/** What the inner program reads. */
export interface ChrootSpec extends ProcessSpec {
  /** Its surroundings are there already. */
  readonly joins?: boolean;
  /** The descriptor of its standard error, where that of the programs before it is another one. */
  readonly stderr?: number;
}

const OWN_STDERR = 3;

/** What programs say that start the process, and never the process itself. */
function lastWords(child: ChildProcess): () => string {
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString("utf8")).slice(-500);
  });
  return () => text.trim();
}

const PID = "pid";

/** A terminal's ^\ reaches unshare(1) as well, which would end of it before the process has. Node hears again. */
const DEAF = ["sh", "-c", 'trap "" INT QUIT TERM HUP; exec "$@"', "sh"];

/** Flags of nsenter(1), and the names of namespaces in /proc/PID/ns. */
const JOINED = { mount: "mnt", pid: "pid_for_children", ipc: "ipc", uts: "uts", net: "net" };

/** unshare(1) passes no signals on. */
function send(pid: number | undefined, name: NodeJS.Signals): void {
  try {
    if (pid !== undefined) kill(pid, name);
  } catch (error) {
    if (!isSystemError(error, "ESRCH")) throw error;
  }
}

async function watchStart(
  find: () => number | undefined,
  {
    starter,
    ended,
    onRunning,
  }: { readonly starter: string | undefined; readonly ended: AbortSignal; readonly onRunning: () => void },
): Promise<void> {
  const isStarter = (path: string) => path === starter || path.endsWith("/unshare");
  if (await hasStarted(find, { isStarter, ended })) onRunning();
}

async function closed(
  child: ChildProcess,
  { streams, signal }: { readonly streams: Streams; readonly signal: AbortSignal },
): Promise<ExitStatus> {
  try {
    const [code, name] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    await streams.ended();
    throwIfCancelled(signal);
    return { code: code ?? 128 + (name === null ? 0 : constants.signals[name]) };
  } catch (error) {
    throwIfCancelled(signal);
    throw new TareError("environment-runtime", "can not start unshare(1)", {
      hint: "install util-linux",
      cause: error,
    });
  }
}

function throwOwnFailure({ code }: ExitStatus, command: string, said?: string): void {
  if (code === CHROOT_EXIT.notFound)
    throw new TareError("exec-not-found", `${command} does not exist in the image`, {
      hint: "check the path and PATH; a script needs the interpreter that its first line names, a program its dynamic loader",
    });
  if (code === CHROOT_EXIT.notExecutable)
    throw new TareError("exec-not-executable", `${command} can not be executed`, {
      hint: "check its mode, its #! line and the architecture that it was built for",
    });
  if (code === CHROOT_EXIT.failed)
    throw new TareError(
      "environment-runtime",
      `the chroot sandbox could not be set up${said === undefined ? "; its message stands above" : `: ${said}`}`,
      {
        hint: "install crun or runc",
      },
    );
}

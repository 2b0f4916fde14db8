import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";
import { env, execPath, getgid, getuid, umask } from "node:process";
import type { Readable, Writable } from "node:stream";
import { installed, TareError } from "../base/index.ts";
import { cgroupScope, type Limits } from "../sandbox/index.ts";
import { mapIdentities } from "./id-map.ts";
import { namespaceError } from "./namespace-error.ts";
import { ENGINE_IN, ENGINE_OUT } from "./serve.ts";

export interface LaunchOptions {
  /** Whether the engine shares this process's standard streams and terminal signals. */
  readonly foreground: boolean;
  /** Whether it may outlive this process: in a session of its own, with nothing of this one's but two pipes. */
  readonly detached?: boolean;
  /** What it will limit containers to, for which it needs to see this machine's cgroups, and to write to some. */
  readonly limits?: Limits;
  /** For notices. */
  readonly emit: (event: unknown) => void;
}

/** Dies with the process that made them whatever happens; mounts and processes of its own. */
const NAMESPACES = [
  "--mount",
  "--pid",
  "--fork",
  "--kill-child=KILL",
  "--mount-proc",
  "--propagation",
  "private",
];

/**
 * The first process of a namespace inherits those whose parents end; Node does not wait for them, and a container with
 * one that nobody has waited for can not end. So a shell is the first one, which does and ends with the engine.
 */
const REAPER = [
  "sh",
  "-c",
  `exec 9<&0; "$@" <&9 9<&- & exec 9<&- ${ENGINE_IN}<&- ${ENGINE_OUT}>&-; wait $!`,
  "sh",
];

/** Starts the engine: as root in namespaces, else in a user namespace with the user's range of ids besides. */
export async function startEngine(options: LaunchOptions): Promise<ChildProcess> {
  const bound = options.detached ? [] : ["setpriv", "--pdeathsig", "KILL"];
  // A terminal's ^\ reaches the whole foreground group; unshare(1) would end of it, and everything with it.
  const deaf = options.foreground ? ["sh", "-c", 'trap "" INT QUIT TERM HUP; exec "$@"', "sh"] : [];
  const reaper = options.foreground || options.detached ? REAPER : [];
  const cgroups = options.limits ? [] : ["--cgroup"];
  const command = [...bound, ...deaf, "unshare", ...NAMESPACES, ...cgroups, ...reaper, ...program("engine")];
  const uid = getuid?.() ?? 0;
  const scope = options.limits ? cgroupScope(options.limits, { uid, environment: env }) : [];
  const shown = { TARE_CGROUPS: options.limits ? "shared" : "", TARE_UMASK: String(umask()) };
  if (uid === 0) return spawnEngine(command, options, { TARE_USER_NAMESPACE: "", ...shown });
  // The shell holds still in its new user namespace until its ids are mapped from outside.
  const script = `echo ready >&${ENGINE_OUT}; read -r _ <&${ENGINE_IN}; exec "$@"`;
  const user = [...scope, "unshare", "--user", "sh", "-c", script, "sh", ...command];
  const child = spawnEngine(user, options, { TARE_USER_NAMESPACE: "1", ...shown });
  await waitReady(child);
  await mapIdentities(child.pid as number, thisUser(), options.emit);
  (child.stdio[ENGINE_IN] as Writable).write("\n");
  return child;
}

/** In containers a user may have a number and no name. */
function thisUser(): { readonly uid: number; readonly gid: number; readonly username: string } {
  const [uid = 0, gid = 0] = [getuid?.(), getgid?.()];
  try {
    return { uid, gid, username: userInfo().username };
  } catch {
    return { uid, gid, username: String(uid) };
  }
}

/** The command that starts a program of the same build; the arguments follow. */
export function program(name: "engine" | "chroot"): readonly string[] {
  return [execPath, installed("bin/start.cjs"), name];
}

function spawnEngine(
  command: readonly string[],
  { foreground, detached = false }: LaunchOptions,
  extra: Readonly<Record<string, string>>,
): ChildProcess {
  const [program = "", ...args] = command;
  const stream = foreground ? "inherit" : streamOf(detached);
  const child = spawn(program, args, {
    stdio: [foreground ? "inherit" : "ignore", stream, stream, "pipe", "pipe"],
    // In the background the terminal's ^C is ours to handle, not every step's.
    detached: !foreground,
    env: { ...env, ...extra },
    ...(detached && { cwd: "/" }),
  }).on("error", () => {});
  if (child.pid !== undefined) return child;
  throw new TareError("environment-missing", `${program} is not installed`, {
    hint: "install util-linux, which brings unshare and setpriv",
  });
}

/** A pipe would break with its reader. */
function streamOf(detached: boolean): "pipe" | "ignore" {
  return detached ? "ignore" : "pipe";
}

async function waitReady(child: ChildProcess): Promise<void> {
  const output = child.stdio[ENGINE_OUT] as Readable;
  let text = "";
  const failed = once(child, "exit").then(
    () => "exit",
    () => "exit",
  );
  while (!text.includes("\n")) {
    const chunk = output.read() as Buffer | null;
    if (chunk) text += chunk.toString("latin1");
    else if ((await Promise.race([once(output, "readable").then(() => "readable"), failed])) === "exit")
      throw await namespaceError();
  }
}

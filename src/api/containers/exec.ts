import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { getuid } from "node:process";
import { defined, isSystemError, TareError, throwIfCancelled } from "../../base/index.ts";
import { killTree, terminalSize } from "../../sandbox/index.ts";
import { openStore } from "../../store/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";
import type { JoinAnswer, JoinFailure } from "./container-joins.ts";
import { ask, runningContainer } from "./containers.ts";

/** What `tare exec` is asked for. */
export interface ExecRequest extends StoreChoice {
  /** A name or id of a running container. */
  readonly container: string;
  readonly args: readonly string[];
  /** `K=V` besides the container's. */
  readonly env?: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly interactive?: boolean;
  readonly tty?: boolean;
  /** With every capability that the container could have. */
  readonly privileged?: boolean;
  /** Do not wait for it, and take nothing of what it writes. */
  readonly detach?: boolean;
}

/**
 * Runs a further process in a running container, with this process's own standard streams: its exit code.
 * `resolve-container`, `user-conflict` for one that does not run, `exec-not-found`, `exec-not-executable`.
 */
export async function execInContainer(
  request: ExecRequest,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ readonly exitCode: number }> {
  const store = await openStore(storeFolder(request));
  const found = runningContainer(store, request.container);
  if (found.state.status === "restarting" && found.alive)
    throw new TareError("user-conflict", `container ${found.record.id} is restarting`, {
      hint: "wait until it runs; `tare logs` shows why it ended",
    });
  const { args, env = [], workdir, user, tty = false, privileged = false, detach = false } = request;
  const process = {
    args,
    env,
    terminal: tty,
    ...defined({ terminalSize: tty ? terminalSize() : undefined }),
    privileged,
    detached: detach,
    ...(workdir !== undefined && { workdir }),
    ...(user !== undefined && { user }),
  };
  const join = (await ask(found, { type: "join", process }, signal)) as JoinAnswer | JoinFailure | undefined;
  if (join === undefined) throw ended(found.record.name);
  if ("message" in join) throw failed(join);
  const command = [...entering(found.record.launcher ?? 0), ...join.command];
  if (detach) {
    startAlone(command);
    return { exitCode: 0 };
  }
  // What was made for it is removed whatever becomes of it, so this is not to be cancelled.
  const joined = (code: number) =>
    ask(found, { type: "joined", id: join.id, code }, new AbortController().signal);
  const code = await runJoined(command, request, signal).catch(async (error: unknown) => {
    await joined(0).catch(() => undefined);
    throw error;
  });
  const failure = await joined(code);
  if (failure) throw failed(failure as JoinFailure);
  return { exitCode: code };
}

/** Enters the namespaces that `unshare` has made for the engine, whose first process it is not itself. */
function entering(launcher: number): readonly string[] {
  const ns = `/proc/${launcher}/ns`;
  const user = getuid?.() === 0 ? [] : [`--user=${ns}/user`];
  return ["nsenter", ...user, `--mount=${ns}/mnt`, `--pid=${ns}/pid_for_children`];
}

function startAlone([program = "", ...args]: readonly string[]): void {
  spawn(program, args, { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}

async function runJoined(
  [program = "", ...args]: readonly string[],
  { interactive, tty }: ExecRequest,
  signal: AbortSignal,
): Promise<number> {
  throwIfCancelled(signal);
  const stdin = interactive || tty ? "inherit" : "ignore";
  const child = spawn(program, args, { stdio: [stdin, "inherit", "inherit"] });
  const abort = () => killTree(child.pid);
  signal.addEventListener("abort", abort, { once: true });
  try {
    const [code, name] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
    throwIfCancelled(signal);
    return code ?? 128 + (name === null ? 0 : constants.signals[name]);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new TareError("environment-missing", `${program} can not be started`, {
      hint: "install util-linux, which brings nsenter",
      cause: error,
    });
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function ended(name: string): TareError {
  return new TareError("user-conflict", `the container ${name} has ended`, {
    hint: "`tare ps` lists those that run",
  });
}

function failed({ code, message, hint }: JoinFailure): TareError {
  return new TareError(code, message, hint === undefined ? {} : { hint });
}

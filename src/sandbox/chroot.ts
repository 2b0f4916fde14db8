import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { TareError, throwIfCancelled } from "../base/index.ts";
import type { ExitStatus, ProcessIo, Sandbox } from "./types.ts";

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
    async run(spec, io, { scratch, signal, onStart }) {
      throwIfCancelled(signal);
      const file = join(scratch, "spec.json");
      await writeFile(file, JSON.stringify(spec));
      const namespaces = [
        "--mount",
        "--pid",
        "--ipc",
        "--uts",
        ...(spec.network === "none" ? ["--net"] : []),
      ];
      const limits = (spec.ulimits ?? []).map((limit) => `--${limit}`);
      const joined = typeof spec.network === "object" ? ["nsenter", `--net=${spec.network.namespace}`] : [];
      const command = [...joined, "unshare", ...namespaces, "--fork", "--kill-child=KILL", ...program, file];
      const [first = "", ...rest] = limits.length > 0 ? ["prlimit", ...limits, ...command] : command;
      const child = spawn(first, rest, {
        stdio: [io.stdin ?? "ignore", inherited(io.stdout), inherited(io.stderr)],
        signal,
        killSignal: "SIGKILL",
      });
      if (io.stdout !== "inherit") child.stdout?.pipe(io.stdout, { end: false });
      if (io.stderr !== "inherit") child.stderr?.pipe(io.stderr, { end: false });
      onStart?.((name) => child.kill(name));
      const status = await closed(child, signal);
      throwOwnFailure(status, spec.args[0] ?? "");
      return status;
    },
  };
}

function inherited(target: ProcessIo["stdout"]): "inherit" | "pipe" {
  return target === "inherit" ? "inherit" : "pipe";
}

async function closed(child: ReturnType<typeof spawn>, signal: AbortSignal): Promise<ExitStatus> {
  try {
    const [code, name] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
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

function throwOwnFailure({ code }: ExitStatus, command: string): void {
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
      "the chroot sandbox could not be set up; its message stands above",
      {
        hint: "install crun or runc",
      },
    );
}

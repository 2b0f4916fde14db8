import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./harness.ts";

/** A Docker daemon of a test's own: what `docker ARGS` does on it, with BuildKit. */
export interface Dockerd extends AsyncDisposable {
  docker(args: readonly string[]): Promise<void>;
}

const SECONDS_TO_START = 30;

/** Starts dockerd with all its state in a folder; stopped, and the folder removed, when disposed. */
export async function startDockerd(folder: string): Promise<Dockerd> {
  const at = (name: string) => join(folder, name);
  const host = `unix://${at("sock")}`;
  const roots = ["--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid")];
  const child = spawn("dockerd", ["--iptables=false", "--bridge=none", ...roots, "-H", host], {
    stdio: "ignore",
  });
  const env = { ...process.env, DOCKER_BUILDKIT: "1" };
  // Not what PATH finds first: that may be another program's docker.
  const docker = async (args: readonly string[]) => {
    await run("/usr/bin/docker", ["-H", host, ...args], { env });
  };
  const stop = async () => {
    if (child.exitCode === null && child.kill()) await once(child, "exit");
    await rm(folder, { recursive: true, force: true });
  };
  for (let tries = SECONDS_TO_START * 5; ; tries--) {
    const answer = await docker(["info"]).catch((error: unknown) => error);
    if (!answer) return { docker, [Symbol.asyncDispose]: stop };
    if (tries > 0 && child.exitCode === null) {
      await sleep(200);
      continue;
    }
    await stop();
    throw new Error("dockerd does not answer", { cause: answer });
  }
}

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A Docker daemon of one's own. */
export interface Dockerd extends AsyncDisposable {
  /** What comes before the arguments of docker(1). */
  readonly command: readonly string[];
  /** Does `docker ARGS` on it, with BuildKit; tells what it printed. */
  docker(args: readonly string[]): Promise<string>;
}

const run = promisify(execFile);

const SECONDS_TO_START = 30;

/**
 * Starts dockerd with all its state in a folder; stopped, and the folder removed, when disposed. Without `bridge` it
 * leaves the network of the machine as it is, and builds need `--network=host`.
 */
export async function startDockerd(folder: string, { bridge = false } = {}): Promise<Dockerd> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const host = `unix://${at("sock")}`;
  const roots = ["--data-root", at("data"), "--exec-root", at("exec"), "--pidfile", at("pid")];
  const network = bridge ? [] : ["--iptables=false", "--bridge=none"];
  const child = spawn("dockerd", [...network, ...roots, "-H", host], { stdio: "ignore" });
  const env = { ...process.env, DOCKER_BUILDKIT: "1" };
  // Not what PATH finds first: that may be another program's docker.
  const [program, ...common] = ["/usr/bin/docker", "-H", host] as const;
  const docker = async (args: readonly string[]) =>
    (await run(program, [...common, ...args], { env })).stdout;
  const stop = async () => {
    if (child.exitCode === null && child.kill()) await once(child, "exit");
    // The daemon lets go of its mounts a moment after its end.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
  for (let tries = SECONDS_TO_START * 5; ; tries--) {
    const failure = await docker(["info"]).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return { command: [program, ...common], docker, [Symbol.asyncDispose]: stop };
    if (tries > 0 && child.exitCode === null) {
      await sleep(200);
      continue;
    }
    await stop();
    throw new Error("dockerd does not answer", { cause: failure });
  }
}

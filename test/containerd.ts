import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** A containerd of one's own, without the parts that Kubernetes needs. */
export interface Containerd extends AsyncDisposable {
  /** Does `ctr ARGS` on it; tells what it printed. */
  ctr(...args: readonly string[]): Promise<string>;
}

const run = promisify(execFile);

/** Starts containerd with all its state in a folder, which is left; it is stopped when disposed. */
export async function startContainerd(folder: string): Promise<Containerd> {
  await mkdir(folder, { recursive: true });
  const at = (name: string) => join(folder, name);
  const lines = [
    "version = 2",
    `root = ${JSON.stringify(at("root"))}`,
    `state = ${JSON.stringify(at("state"))}`,
    'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
    "[grpc]",
    `address = ${JSON.stringify(at("sock"))}`,
  ];
  await writeFile(at("config.toml"), lines.join("\n"));
  const child = spawn("containerd", ["-c", at("config.toml")], { stdio: "ignore" });
  const ctr = async (...args: readonly string[]) =>
    (await run("ctr", ["-a", at("sock"), "-n", "test", ...args], { maxBuffer: 1 << 26 })).stdout;
  const stop = async () => {
    if (child.exitCode === null && child.kill()) await once(child, "exit");
  };
  for (let tries = 150; ; tries--) {
    const failure = await ctr("version").then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return { ctr, [Symbol.asyncDispose]: stop };
    if (tries > 0 && child.exitCode === null) {
      await sleep(200);
      continue;
    }
    await stop();
    throw new Error("containerd does not answer", { cause: failure });
  }
}

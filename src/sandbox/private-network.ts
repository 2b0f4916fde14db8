import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { TareError, throwIfCancelled } from "../base/index.ts";

/** A network of a step's own: it reaches the outside, but not this machine, and is not reached. */
export interface PrivateNetwork extends AsyncDisposable {
  /** The network namespace, as a path. */
  readonly namespace: string;
  /** The text of /etc/resolv.conf in it. */
  readonly resolvers: string;
}

const PROGRAM = "slirp4netns";
/** It answers for the resolvers of the host. */
const RESOLVERS = "nameserver 10.0.2.3\n";
const FLAGS = ["--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3"];

/** Makes a network; gone when disposed. `environment-missing` without slirp4netns(1), which connects it. */
export async function openPrivateNetwork(signal: AbortSignal): Promise<PrivateNetwork> {
  throwIfCancelled(signal);
  const holder = spawn("unshare", ["--net", "sh", "-c", "echo ready; read -r _"], {
    stdio: ["pipe", "pipe", "ignore"],
  }).on("error", () => undefined);
  const children: ChildProcess[] = [holder];
  const close = async () => {
    for (const child of children.splice(0).reverse()) await end(child);
  };
  try {
    await ready(holder, holder.stdout as Readable, "unshare");
    const connector = spawn(PROGRAM, [...FLAGS, String(holder.pid), "tap0"], {
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    }).on("error", () => undefined);
    if (connector.pid === undefined)
      throw new TareError(
        "environment-missing",
        `a private network needs ${PROGRAM}, which is not installed`,
        {
          hint: `install ${PROGRAM}, or build with --network=host`,
        },
      );
    children.push(connector);
    await ready(connector, connector.stdio[3] as Readable, PROGRAM);
    return {
      namespace: `/proc/${holder.pid}/ns/net`,
      resolvers: RESOLVERS,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits for the first byte that a child writes when it is ready. */
async function ready(child: ChildProcess, output: Readable, program: string): Promise<void> {
  let reason = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    reason = (reason + chunk.toString("utf8")).slice(-500);
  });
  const failed = child.exitCode === null ? once(child, "exit").then(() => false) : Promise.resolve(false);
  const said = once(output, "data").then(() => true);
  if (await Promise.race([said, failed])) return;
  throw new TareError("environment-runtime", `${program} can not make a private network: ${reason.trim()}`, {
    hint: "build with --network=host; slirp4netns needs /dev/net/tun",
  });
}

async function end(child: ChildProcess): Promise<void> {
  (child.stdin as Writable | null)?.destroy();
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

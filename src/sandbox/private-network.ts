import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { accessSync, closeSync, constants, openSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { networkInterfaces } from "node:os";
import { delimiter, join } from "node:path";
import { kill } from "node:process";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { MNT_DETACH, MS, mount, TareError, throwIfCancelled, umount } from "../base/index.ts";
import { type ForwardedPort, openForwards } from "./forward.ts";
import { answeredDatagrams } from "./slirp-datagrams.ts";

/** A network of a process's own: it reaches the outside, but not this machine, and is reached at published ports only. */
export interface PrivateNetwork extends AsyncDisposable {
  /** The network namespace, as a path. */
  readonly namespace: string;
  /** The text of /etc/resolv.conf in it. */
  readonly resolvers: string;
}

/** A port of this machine that leads into a network. */
export interface PublishedPort {
  /** All of this machine's when absent. */
  readonly address?: string;
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp";
}

export interface NetworkRequest {
  readonly ports?: readonly PublishedPort[];
  /** An empty folder, or one in which a few names are free. */
  readonly folder: string;
  /** PATH. */
  readonly path: string;
}

/** The programs that connect a network namespace to the outside without root, the better one first. */
const CONNECTORS = ["pasta", "slirp4netns"] as const;
type Connector = (typeof CONNECTORS)[number];

/** Those that are installed. */
export function connectorsIn(path: string): readonly Connector[] {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  return CONNECTORS.filter((name) => folders.some((folder) => isProgram(join(folder, name))));
}

/**
 * Makes a network by pasta(1), or slirp4netns(1) where that is not there or does not work; gone when disposed.
 * `environment-missing` without either, `environment-runtime` when none can do it.
 */
export async function openPrivateNetwork(
  request: NetworkRequest,
  signal: AbortSignal,
): Promise<PrivateNetwork> {
  throwIfCancelled(signal);
  const connectors = connectorsIn(request.path);
  if (connectors.length === 0)
    throw new TareError(
      "environment-missing",
      "a private network needs pasta or slirp4netns, neither of which is installed",
      { hint: "install passt (pasta) or slirp4netns, or use --network=host" },
    );
  const reasons: string[] = [];
  for (const name of connectors)
    try {
      return await connectedBy(name, request, signal);
    } catch (error) {
      throwIfCancelled(signal);
      if (error instanceof TareError && connectors.length === 1) throw error;
      reasons.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  throw new TareError("environment-runtime", `can not make a private network: ${reasons.join("; ")}`, {
    hint: "use --network=host; without root /dev/net/tun has to be open for everybody, and a port below 1024 is not for users",
  });
}

async function connectedBy(
  name: Connector,
  request: NetworkRequest,
  signal: AbortSignal,
): Promise<PrivateNetwork> {
  const holder = spawn("unshare", ["--net", "sh", "-c", "echo ready; read -r _"], {
    stdio: ["pipe", "pipe", "pipe"],
  }).on("error", () => undefined);
  try {
    await ready(holder, holder.stdout as Readable, signal);
    const connect = name === "pasta" ? byPasta : bySlirp;
    const { resolvers, close } = await connect(holder.pid as number, request, signal);
    return {
      namespace: `/proc/${holder.pid}/ns/net`,
      resolvers,
      async [Symbol.asyncDispose]() {
        await close();
        await end(holder);
      },
    };
  } catch (error) {
    await end(holder);
    throw error;
  }
}

interface Connected {
  readonly resolvers: string;
  readonly close: () => Promise<void>;
}

/** An address that pasta takes for the host's resolver. */
const PASTA_RESOLVER = "169.254.1.1";

/** It gives up the rights by which it could look into another process, so the namespace is shown to it as a file. */
async function byPasta(
  holder: number,
  { ports = [], folder }: NetworkRequest,
  signal: AbortSignal,
): Promise<Connected> {
  const namespace = join(folder, "network");
  writeFileSync(namespace, "");
  mount({ source: `/proc/${holder}/ns/net`, target: namespace, type: "", flags: MS.bind, data: "" });
  const pidFile = join(folder, "pasta.pid");
  writeFileSync(pidFile, "");
  const args = [
    "--config-net",
    "--ns-ifname",
    "tap0",
    "--quiet",
    "--no-map-gw",
    "--dns-forward",
    PASTA_RESOLVER,
  ];
  const relayed = relayedPorts(ports);
  const direct = ports.map((port) => relayed.get(port)?.inner ?? port);
  const published = (["tcp", "udp"] as const).flatMap((protocol) => pastaPorts(protocol, direct));
  const closed = ["--tcp-ns", "none", "--udp-ns", "none"];
  // In the background once it is connected. As root it would become nobody, who may not write here.
  const place = ["--runas", "0:0", "--pid", pidFile, "--netns", namespace];
  const stop = () => {
    stopProcess(Number(readFileSync(pidFile, "utf8")));
    umount(namespace, MNT_DETACH);
  };
  await done("pasta", [...args, ...published, ...closed, ...place], signal).catch((error: unknown) => {
    stop();
    throw error;
  });
  const relays = await openForwards([...relayed.values()].map(({ outer }) => outer)).catch(
    (error: unknown) => {
      stop();
      throw error;
    },
  );
  return {
    resolvers: `nameserver ${PASTA_RESOLVER}\n`,
    async close() {
      await relays[Symbol.asyncDispose]();
      stop();
    },
  };
}

/**
 * pasta until March 2024 loses datagrams whose port becomes a lower one. So it gets them at the same port of an address of
 * the loopback that nobody else is likely to have.
 */
function relayedPorts(
  ports: readonly PublishedPort[],
): ReadonlyMap<PublishedPort, { readonly inner: PublishedPort; readonly outer: ForwardedPort }> {
  const lower = ports.filter(
    ({ protocol, hostPort, containerPort }) => protocol === "udp" && containerPort < hostPort,
  );
  const host = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  return new Map(
    lower.map((port) => [
      port,
      { inner: { ...port, address: host, hostPort: port.containerPort }, outer: { ...port, host } },
    ]),
  );
}

function pastaPorts(protocol: "tcp" | "udp", ports: readonly PublishedPort[]): readonly string[] {
  const own = ports.filter((port) => port.protocol === protocol);
  const words = own.map(
    ({ address, hostPort, containerPort }) =>
      `${address === undefined ? "" : `${address}/`}${hostPort}:${containerPort}`,
  );
  return (words.length > 0 ? words : ["none"]).flatMap((word) => [`--${protocol}-ports`, word]);
}

const SLIRP_FLAGS = ["--configure", "--mtu=65520", "--disable-host-loopback", "--ready-fd=3"];
const SLIRP_SOCKET = "slirp.sock";
/** It answers for the resolvers of the host. */
const SLIRP_RESOLVERS = "nameserver 10.0.2.3\n";

async function bySlirp(
  holder: number,
  { ports = [], folder }: NetworkRequest,
  signal: AbortSignal,
): Promise<Connected> {
  // The name of a socket has 107 bytes at most, a folder may have more.
  const asked = ports.length > 0 ? ["--api-socket", SLIRP_SOCKET] : [];
  const answered = answeredDatagrams(ports, ownAddresses());
  const connector = spawn("slirp4netns", [...SLIRP_FLAGS, ...asked, String(holder), "tap0"], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    cwd: folder,
  }).on("error", () => undefined);
  const descriptor = openSync(folder, "r");
  try {
    const api = `/proc/self/fd/${descriptor}/${SLIRP_SOCKET}`;
    await ready(connector, connector.stdio[3] as Readable, signal);
    for (const port of answered.ports) await forward(api, port, signal);
    const relays = await openForwards(answered.relays);
    return {
      resolvers: SLIRP_RESOLVERS,
      async close() {
        await relays[Symbol.asyncDispose]();
        await end(connector);
      },
    };
  } catch (error) {
    await end(connector);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Of this machine, by which others reach it. */
function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}

/** One request a connection (slirp4netns(1), API SOCKET). */
async function forward(
  api: string,
  { address = "0.0.0.0", hostPort, containerPort, protocol }: PublishedPort,
  signal: AbortSignal,
): Promise<void> {
  const socket = createConnection({ path: api, signal });
  const place = { proto: protocol, host_addr: address, host_port: hostPort, guest_port: containerPort };
  socket.end(JSON.stringify({ execute: "add_hostfwd", arguments: place }));
  const { error } = JSON.parse(await text(socket)) as { readonly error?: { readonly desc?: string } };
  if (error) throw new Error(`can not publish port ${hostPort}: ${error.desc}`);
}

function done(program: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { signal, killSignal: "SIGKILL" }, (error, _stdout, stderr) => {
      if (error) reject(new Error(lastLine(stderr) || error.message));
      else resolve();
    });
    child.stdin?.end();
  });
}

function lastLine(said: string): string {
  const lines = said.split("\n").filter((line) => line !== "" && !line.includes("syslog"));
  return lines.at(-1) ?? "";
}

/** Waits for the first byte that a child writes when it is ready. */
async function ready(child: ChildProcess, output: Readable, signal: AbortSignal): Promise<void> {
  if (child.pid === undefined) throw new Error("it is not installed");
  let reason = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    reason = (reason + chunk.toString("utf8")).slice(-500);
  });
  const failed = child.exitCode === null ? once(child, "close").then(() => false) : Promise.resolve(false);
  const said = once(output, "data", { signal }).then(() => true);
  if (await Promise.race([said, failed])) return;
  throw new Error(lastLine(reason));
}

async function end(child: ChildProcess): Promise<void> {
  (child.stdin as Writable | null)?.destroy();
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

function stopProcess(pid: number): void {
  try {
    if (pid > 0) kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

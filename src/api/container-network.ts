import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { TareError } from "../base/index.ts";
import { connectorsIn, type PublishedPort } from "../sandbox/index.ts";
import type { PortMapping, RunJob } from "./run-request.ts";

/** The network of a container on this machine, with the ports that are published. */
export interface PlannedNetwork {
  readonly network: "none" | "host" | "private";
  readonly ports: readonly PublishedPort[];
  readonly notices: readonly string[];
}

/**
 * Published ports need a network of its own; where nothing can connect one and none was asked for, it shares this
 * machine's, which a notice says. `user-bad-flag` for ports without a network, `user-conflict` for an address with no free one.
 */
export async function plannedNetwork(job: RunJob, path: string): Promise<PlannedNetwork> {
  const wanted = job.ports ?? [];
  const network = job.network ?? (wanted.length > 0 ? "private" : "host");
  if (wanted.length === 0) return { network, ports: [], notices: [] };
  if (network === "none")
    throw new TareError("user-bad-flag", "a port can not be published without a network", {
      hint: "leave out --network none, or -p",
    });
  // One that was asked for is made, or is refused where it can not be.
  if (network === "private" && (job.network !== undefined || connectorsIn(path).length > 0))
    return { network, ports: await Promise.all(wanted.map(withHostPort)), notices: [] };
  const why =
    network === "host" ? "with --network host" : "neither pasta (passt) nor slirp4netns is installed, so";
  const own = wanted.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`).join(", ");
  const message = `${why} the process shares this machine's network: -p maps nothing, and it listens here at ${own} itself`;
  return { network: "host", ports: [], notices: [message] };
}

/** As `docker ps` shows it. */
export function portText({ address = "0.0.0.0", hostPort, containerPort, protocol }: PublishedPort): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `${host}:${hostPort}->${containerPort}/${protocol}`;
}

async function withHostPort(port: PortMapping): Promise<PublishedPort> {
  return port.hostPort === 0 ? { ...port, hostPort: await freePort(port) } : port;
}

/** One that nobody listens at now. */
async function freePort({ protocol, address }: PortMapping): Promise<number> {
  const family = address?.includes(":") ? "udp6" : "udp4";
  const socket =
    protocol === "tcp" ? createServer().listen(0, address) : createSocket(family).bind(0, address);
  try {
    await once(socket, "listening");
  } catch (cause) {
    throw new TareError("user-conflict", `no port of ${address ?? "this machine"} is free for ${protocol}`, {
      hint: "name an address that this machine has, such as 127.0.0.1, or leave it out",
      cause,
    });
  }
  const { port } = socket.address() as AddressInfo;
  socket.close();
  return port;
}

import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { isSystemError, TareError } from "../../base/index.ts";
import type { PublishedPort } from "../../sandbox/index.ts";
import type { StoredContainer } from "../../store/index.ts";
import type { PortMapping } from "./run-request.ts";

/**
 * A port of this machine that nobody listens at now: the one that is asked for, or for 0 any. `user-conflict` for one that is
 * taken, with the container of these that has it, for one that is not for this user, and for an address of elsewhere.
 */
export async function freeHostPort(
  port: PortMapping,
  containers: readonly StoredContainer[],
): Promise<PublishedPort> {
  const { protocol, address, hostPort } = port;
  const family = address?.includes(":") ? "udp6" : "udp4";
  const socket: Server | Socket =
    protocol === "tcp"
      ? createServer().listen(hostPort, address)
      : createSocket(family).bind(hostPort, address);
  try {
    await once(socket, "listening");
  } catch (error) {
    throw refusal(error, port, containers);
  }
  const { port: free } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, "close");
  return { ...port, hostPort: free };
}

/** Whether somebody takes connections at a TCP port of this machine. */
export async function listensHere(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Ports below this are for root (ip(7), ip_unprivileged_port_start). */
export function firstPortForAll(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    return 1024;
  }
}

function refusal(
  error: unknown,
  { protocol, address, hostPort }: PortMapping,
  containers: readonly StoredContainer[],
): TareError {
  const name = `port ${hostPort}/${protocol}`;
  const owner = containers.find(({ alive, record }) => {
    const published = alive ? (record.process?.published ?? []) : [];
    return published.some((port) => port.hostPort === hostPort && port.protocol === protocol);
  })?.record.name;
  if (isSystemError(error, "EADDRINUSE") && owner !== undefined)
    return new TareError("user-conflict", `${name} of this machine is published by the container ${owner}`, {
      hint: `choose another one, or stop that container: tare stop ${owner}`,
      cause: error,
    });
  if (isSystemError(error, "EADDRINUSE"))
    return new TareError("user-conflict", `${name} of this machine is in use`, {
      hint: `choose another one, or stop what has it: \`ss -${protocol === "tcp" ? "t" : "u"}lnp sport = :${hostPort}\` names it`,
      cause: error,
    });
  if (isSystemError(error, "EACCES"))
    return new TareError("user-conflict", `${name} of this machine is not for this user`, {
      hint: `choose one from ${firstPortForAll()} on, or let root do: sysctl -w net.ipv4.ip_unprivileged_port_start=${hostPort}`,
      cause: error,
    });
  return new TareError("user-conflict", `no port of ${address ?? "this machine"} is free for ${protocol}`, {
    hint: "name an address that this machine has, such as 127.0.0.1, or leave it out",
    cause: error,
  });
}

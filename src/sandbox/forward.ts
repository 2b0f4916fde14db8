import { createSocket, type RemoteInfo, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { PublishedPort } from "./private-network.ts";

/** A port to listen at, and where its bytes go: by default to this machine's own network. */
export interface ForwardedPort extends PublishedPort {
  readonly host?: string;
  /** The address of this machine that datagrams come from then. */
  readonly from?: string;
}

const HOST = "127.0.0.1";
/** Beside all addresses of the other version, each version has its own socket. */
const ALL_IPV6 = "::";
/** After which silence a sender of datagrams is forgotten, milliseconds; and how many are known at once. */
const IDLE = 90_000;
const SENDERS = 1024;

/** Passes on what comes to ports of this machine to other ones of it, until it is disposed. System errors for ports that are taken. */
export async function openForwards(ports: readonly ForwardedPort[]): Promise<AsyncDisposable> {
  const open: AsyncDisposable[] = [];
  const close = async () => {
    for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
  };
  try {
    for (const port of ports)
      open.push(await (port.protocol === "tcp" ? forwardStreams(port) : forwardDatagrams(port)));
  } catch (error) {
    await close();
    throw error;
  }
  return { [Symbol.asyncDispose]: close };
}

async function forwardStreams({
  hostPort,
  containerPort,
  address,
  host = HOST,
}: ForwardedPort): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    return socket.once("close", () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ host, port: containerPort, allowHalfOpen: true });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const)
      keep(from)
        .on("error", () => to.destroy())
        .pipe(to);
  }).listen({ port: hostPort, host: address, ipv6Only: address === ALL_IPV6 });
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), "close");
    },
  };
}

/** Every sender has a socket of its own, by which answers find back. */
async function forwardDatagrams({
  hostPort,
  containerPort,
  address,
  host = HOST,
  from,
}: ForwardedPort): Promise<AsyncDisposable> {
  const senders = new Map<string, { readonly socket: UdpSocket; readonly idle: NodeJS.Timeout }>();
  const type = address?.includes(":") ? "udp6" : "udp4";
  const server = createSocket({ type, ipv6Only: address === ALL_IPV6 });
  const forget = (key: string) => {
    const sender = senders.get(key);
    senders.delete(key);
    clearTimeout(sender?.idle);
    sender?.socket.close();
  };
  const senderOf = (key: string, sender: RemoteInfo) => {
    const socket = createSocket("udp4")
      .on("message", (answer) => {
        senders.get(key)?.idle.refresh();
        server.send(answer, sender.port, sender.address);
      })
      .on("error", () => forget(key));
    if (from !== undefined) socket.bind(0, from);
    const known = { socket, idle: setTimeout(() => forget(key), IDLE) };
    senders.set(key, known);
    return known;
  };
  server.on("message", (message, remote) => {
    const key = `${remote.address} ${remote.port}`;
    if (!senders.has(key) && senders.size >= SENDERS) return;
    const { socket, idle } = senders.get(key) ?? senderOf(key, remote);
    idle.refresh();
    socket.send(message, containerPort, host);
  });
  server.bind(hostPort, address);
  await once(server, "listening");
  server.on("error", () => undefined);
  return {
    async [Symbol.asyncDispose]() {
      for (const key of [...senders.keys()]) forget(key);
      server.close();
    },
  };
}

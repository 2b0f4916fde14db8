import { connect, isIP, type Socket } from "node:net";
import { type Proxy, ProxyFault, percentDecoded } from "./proxies.ts";
import { isOfConnecting, reasonOf } from "./reason.ts";

/** Milliseconds until a proxy has to have made a connection. */
const TIMEOUT = 30_000;
const DEFAULT_PORT = 1080;

/**
 * A connection to a host by a SOCKS5 proxy (RFC 1928), which also looks its name up; with a user in the proxy's address as
 * RFC 1929 has it. `ProxyFault` for what the proxy refuses; the system's own error when it is not to be reached.
 */
export async function openTunnel(
  proxy: Proxy,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<Socket> {
  const { hostname, port: own } = proxy.url;
  const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(own) || DEFAULT_PORT });
  const timer = setTimeout(() => socket.destroy(new Error("the proxy takes too long")), TIMEOUT);
  const stop = () => void socket.destroy();
  signal.addEventListener("abort", stop);
  try {
    await introduce(socket, proxy);
    socket.write(Buffer.concat([Buffer.from([VERSION, 1, 0]), addressOf(host), twoBytes(port)]));
    await connected(socket, proxy);
    return socket.setNoDelay(true);
  } catch (error) {
    socket.destroy();
    throw error instanceof ProxyFault || isOfConnecting(error) ? error : brokenOff(proxy, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

function brokenOff({ url, variable }: Proxy, cause: unknown): ProxyFault {
  return new ProxyFault(`the proxy ${url.host} makes no connection: ${reasonOf(cause)}`, {
    hint: `check ${variable}, or ask who runs the proxy`,
    retryable: true,
    cause,
  });
}

const VERSION = 5;
/** Ways to say who asks: none, and a name with a password. */
const [OPEN, PASSWORD] = [0, 2];

async function introduce(socket: Socket, proxy: Proxy): Promise<void> {
  const { url, variable } = proxy;
  const isKnown = url.username !== "";
  socket.write(Buffer.from(isKnown ? [VERSION, 2, OPEN, PASSWORD] : [VERSION, 1, OPEN]));
  const [version, way] = await take(socket, 2);
  if (version !== VERSION) throw noSocks(proxy);
  if (way === OPEN) return;
  if (way !== PASSWORD || !isKnown) throw stranger(url, variable);
  socket.write(
    Buffer.concat([
      Buffer.from([1]),
      counted(percentDecoded(url.username)),
      counted(percentDecoded(url.password)),
    ]),
  );
  const [, status] = await take(socket, 2);
  if (status !== 0) throw stranger(url, variable);
}

function noSocks({ url: { host }, variable }: Proxy): ProxyFault {
  return new ProxyFault(`what answers at ${host} is no SOCKS5 proxy`, {
    hint: `write http://${host} into ${variable} if it is a proxy of HTTP`,
  });
}

function stranger({ host }: URL, variable: string): ProxyFault {
  return new ProxyFault(`the proxy ${host} wants to know who asks`, {
    hint: `write socks5://USER:PASSWORD@${host} into ${variable}, letters such as @ and : as %40 and %3A`,
  });
}

/** What a proxy answers instead of having connected (RFC 1928, 6); 2 is its own rules, the others can pass. */
const REASONS = [
  "it failed",
  "its rules forbid it",
  "the network can not be reached",
  "the host can not be reached",
  "the connection was refused",
  "the host is too far away",
  "it does not connect",
  "it does not know such addresses",
];
const FORBIDDEN = 2;

async function connected(socket: Socket, proxy: Proxy): Promise<void> {
  const { url } = proxy;
  const [version, status = 0, , kind = 0] = await take(socket, 4);
  if (version !== VERSION) throw noSocks(proxy);
  if (status !== 0)
    throw new ProxyFault(
      `the proxy ${url.host} does not connect: ${REASONS[status - 1] ?? `error ${status}`}`,
      {
        hint: "ask who runs the proxy, or name the host in no_proxy if it is reached without one",
        retryable: status !== FORBIDDEN,
      },
    );
  // The address by which it did, which nobody needs.
  const length = kind === NAME ? (await take(socket, 1))[0] : ADDRESS_BYTES[kind];
  if (length === undefined) throw noSocks(proxy);
  await take(socket, length + 2);
}

const [IPV4, NAME, IPV6] = [1, 3, 4];
const ADDRESS_BYTES: Readonly<Record<number, number>> = { [IPV4]: 4, [IPV6]: 16 };

function addressOf(host: string): Uint8Array {
  if (isIP(host) === 4) return Buffer.from([IPV4, ...host.split(".").map(Number)]);
  if (isIP(host) === 6) return Buffer.concat([Buffer.from([IPV6]), sixteenBytes(host)]);
  return Buffer.concat([Buffer.from([NAME]), counted(Buffer.from(host))]);
}

/** The URL's own parser writes an address in groups, without an older one at its end. */
function sixteenBytes(host: string): Uint8Array {
  const [head = "", tail] = new URL(`http://[${host}]`).hostname.slice(1, -1).split("::");
  const groups = (text: string | undefined) =>
    text ? text.split(":").map((group) => Number.parseInt(group, 16)) : [];
  const [first, last] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => 0);
  return Buffer.concat([...first, ...zeros, ...last].map(twoBytes));
}

function twoBytes(value: number): Uint8Array {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** Bytes behind their number. */
function counted(bytes: Uint8Array): Uint8Array {
  if (bytes.length > 255)
    throw new ProxyFault("a SOCKS5 proxy takes names of 255 bytes at most", { hint: "use a proxy of HTTP" });
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/** Exactly so many bytes of what comes; the next ones stay for who reads on. */
async function take(socket: Socket, size: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let missing = size; missing > 0; ) {
    const there = Math.min(missing, socket.readableLength);
    const part = there > 0 ? (socket.read(there) as Uint8Array) : undefined;
    if (part) parts.push(part);
    else if (socket.readableEnded || socket.destroyed) throw socket.errored ?? new Error(HUNG_UP);
    // Only with nothing left: a stream tells of what is there as soon as somebody listens.
    else await moved(socket);
    missing -= there;
  }
  return Buffer.concat(parts);
}

const HUNG_UP = "the proxy hung up";

function moved(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => void socket.off("readable", go).off("end", end).off("close", end).off("error", fail);
    const go = () => {
      stop();
      resolve();
    };
    const fail = (error: Error) => {
      stop();
      reject(error);
    };
    const end = () => fail(new Error(HUNG_UP));
    socket.on("readable", go).on("end", end).on("close", end).on("error", fail);
  });
}

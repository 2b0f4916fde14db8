import { Readable } from "node:stream";
import { createSecureContext } from "node:tls";
import { Agent, buildConnector, type Dispatcher, ProxyAgent, request } from "undici";
import { type Connections, MOST_CONNECTIONS } from "./connections.ts";
import { type Proxy, ProxyFault, percentDecoded } from "./proxies.ts";
import { isOfConnecting, reasonOf } from "./reason.ts";
import { openTunnel } from "./socks.ts";
import type { TlsOptions } from "./tls.ts";

/**
 * Connections through a proxy; what is beyond it is spoken to as without it. A tunnel is asked for only for TLS: many
 * proxies refuse one to other ports than 443, and take plain requests to any.
 */
export function openProxied(proxy: Proxy, secure: TlsOptions): Connections {
  // Hundreds of certificates are read once, and not for every connection.
  const connect = buildConnector({ ...secure, secureContext: createSecureContext(secure) });
  const closed = new AbortController();
  const dispatcher =
    proxy.url.protocol === "socks5:"
      ? bySocks(proxy, connect, closed.signal)
      : byHttp(proxy, secure, connect);
  return {
    async send({ url: target, method, headers, body, patience }, signal) {
      const sent = request(target, {
        dispatcher,
        method: method as "GET",
        headers: { ...headers },
        body: body === undefined ? null : streamed(body),
        headersTimeout: patience.answer,
        bodyTimeout: patience.body,
        signal,
      });
      const { statusCode: status, ...answer } = await unlessAborted(sent, signal).catch((error: unknown) => {
        throw refusal(error, proxy) ?? error;
      });
      if (status === 407) throw refused(407, proxy);
      return { status, headers: answer.headers, body: answer.body };
    },
    // Not `close`: that waits for answers which a failure left unread.
    close: () => {
      closed.abort();
      return dispatcher.destroy();
    },
  };
}

/** At once: undici lets a request wait for its connection, also when nobody wants the answer any more. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

type Connect = ReturnType<typeof buildConnector>;

function byHttp({ url }: Proxy, secure: TlsOptions, connect: Connect): Dispatcher {
  const token = authorizationOf(url);
  return new ProxyAgent({
    uri: url.origin,
    connections: MOST_CONNECTIONS,
    connect,
    requestTls: secure,
    proxyTls: { ca: secure.ca },
    proxyTunnel: false,
    ...(token !== undefined && { token }),
  });
}

/** A tunnel that is being made then ends with `closed`: nobody else knows of it. */
function bySocks(proxy: Proxy, connect: Connect, closed: AbortSignal): Dispatcher {
  return new Agent({
    connections: MOST_CONNECTIONS,
    connect: (target, done) => {
      const isSecure = target.protocol === "https:";
      const place = { host: target.hostname, port: Number(target.port) || (isSecure ? 443 : 80) };
      openTunnel(proxy, place, closed).then(
        (socket) => (isSecure ? connect({ ...target, httpSocket: socket }, done) : done(null, socket)),
        (error: Error) => done(error, null),
      );
    },
  });
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === "") return undefined;
  const pair = [percentDecoded(username), Buffer.from(":"), percentDecoded(password)];
  return `Basic ${Buffer.concat(pair).toString("base64")}`;
}

/** What the proxy answered instead of making a tunnel, or that it is not to be reached; undefined for any other failure. */
function refusal(error: unknown, proxy: Proxy): ProxyFault | undefined {
  if (error instanceof ProxyFault) return error;
  // Whoever is beyond the proxy is connected to by the proxy.
  if (isOfConnecting(error))
    return new ProxyFault(`the proxy ${proxy.url.host} can not be reached: ${reasonOf(error)}`, {
      hint: `check ${proxy.variable}, or name the host in no_proxy if it is reached without a proxy`,
      retryable: true,
      cause: error,
    });
  const status = /^Proxy (?:response \((\d{3})\)|Authentication Required)/.exec((error as Error).message);
  return status ? refused(Number(status[1] ?? 407), proxy) : undefined;
}

function refused(status: number, { url, variable }: Proxy): ProxyFault {
  return status === 407
    ? new ProxyFault(`the proxy ${url.host} wants to know who asks`, {
        hint: `write http://USER:PASSWORD@${url.host} into ${variable}, letters such as @ and : as %40 and %3A`,
      })
    : new ProxyFault(`the proxy ${url.host} answered ${status}`, {
        hint: "ask who runs the proxy, or name the host in no_proxy if it is reached without one",
      });
}

function streamed(body: Uint8Array | AsyncIterable<Uint8Array>): Uint8Array | Readable {
  return body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false });
}

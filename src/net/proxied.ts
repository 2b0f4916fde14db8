import { Readable } from "node:stream";
import { createSecureContext } from "node:tls";
import { buildConnector, ProxyAgent, request } from "undici";
import { type Connections, MOST_CONNECTIONS } from "./connections.ts";
import { type Proxy, ProxyFault } from "./proxies.ts";
import type { TlsOptions } from "./tls.ts";

/**
 * Connections through a proxy; what is beyond it is spoken to as without it. A tunnel is asked for only for TLS: many
 * proxies refuse one to other ports than 443, and take plain requests to any.
 */
export function openProxied({ url, variable }: Proxy, secure: TlsOptions): Connections {
  const { ca } = secure;
  // Hundreds of certificates are read once, and not for every connection.
  const connect = buildConnector({ ...secure, secureContext: createSecureContext(secure) });
  const token = authorizationOf(url);
  const dispatcher = new ProxyAgent({
    uri: url.origin === "null" ? url.href : url.origin,
    connections: MOST_CONNECTIONS,
    connect,
    requestTls: secure,
    proxyTls: { ca },
    proxyTunnel: false,
    ...(token !== undefined && { token }),
  });
  return {
    async send({ url: target, method, headers, body, patience }, signal) {
      const { statusCode: status, ...answer } = await request(target, {
        dispatcher,
        method: method as "GET",
        headers: { ...headers },
        body: body === undefined ? null : streamed(body),
        headersTimeout: patience.answer,
        bodyTimeout: patience.body,
        signal,
      }).catch((error: unknown) => {
        throw refusal(error, { url, variable }) ?? error;
      });
      if (status === 407) throw refused(407, { url, variable });
      return { status, headers: answer.headers, body: answer.body };
    },
    // Not `close`: that waits for answers which a failure left unread.
    close: () => dispatcher.destroy(),
  };
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === "") return undefined;
  const pair = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(pair, "latin1").toString("base64")}`;
}

/** Bytes as Latin-1. A password with a percent sign that nobody has encoded is one all the same. */
function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** What the proxy answered instead of making a tunnel; undefined for any other failure. */
function refusal(error: unknown, proxy: Proxy): ProxyFault | undefined {
  const status = /^Proxy (?:response \((\d{3})\)|Authentication Required)/.exec((error as Error).message);
  return status ? refused(Number(status[1] ?? 407), proxy) : undefined;
}

function refused(status: number, { url, variable }: Proxy): ProxyFault {
  return status === 407
    ? new ProxyFault(
        `the proxy ${url.host} wants to know who asks`,
        `write http://USER:PASSWORD@${url.host} into ${variable}, letters such as @ and : as %40 and %3A`,
      )
    : new ProxyFault(
        `the proxy ${url.host} answered ${status}`,
        `ask who runs the proxy, or name the host in no_proxy if it is reached without one`,
      );
}

function streamed(body: Uint8Array | AsyncIterable<Uint8Array>): Uint8Array | Readable {
  return body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false });
}

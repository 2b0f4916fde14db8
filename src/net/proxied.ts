import { Readable } from "node:stream";
import { createSecureContext } from "node:tls";
import { buildConnector, EnvHttpProxyAgent, request } from "undici";
import { type Connections, MOST_CONNECTIONS, type Proxies } from "./connections.ts";
import type { TlsOptions } from "./tls.ts";

/** Connections through proxies, which hand them on; what is beyond one is spoken to as without it. */
export function openProxied(proxies: Proxies, secure: TlsOptions): Connections {
  const { ca } = secure;
  // Hundreds of certificates are read once, and not for every connection.
  const connect = buildConnector({ ...secure, secureContext: createSecureContext(secure) });
  const dispatcher = new EnvHttpProxyAgent({
    connections: MOST_CONNECTIONS,
    connect,
    requestTls: secure,
    proxyTls: { ca },
    ...proxies,
  });
  return {
    async send({ url, method, headers, body, patience }, signal) {
      const { statusCode: status, ...answer } = await request(url, {
        dispatcher,
        method: method as "GET",
        headers: { ...headers },
        body: body === undefined ? null : streamed(body),
        headersTimeout: patience.answer,
        bodyTimeout: patience.body,
        signal,
      });
      return { status, headers: answer.headers, body: answer.body };
    },
    // Not `close`: that waits for answers which a failure left unread.
    close: () => dispatcher.destroy(),
  };
}

function streamed(body: Uint8Array | AsyncIterable<Uint8Array>): Uint8Array | Readable {
  return body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false });
}

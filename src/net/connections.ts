import { lazyAsync } from "../base/index.ts";
import { openDirect } from "./direct.ts";
import { type Proxy, proxiesOf } from "./proxies.ts";
import { commonAuthorities, type TlsChoice, type TlsOf, tlsOptions } from "./tls.ts";

/** One request on its way: nothing is followed and nothing tried again. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Each piece of a stream need only be valid until the one after the next is asked for. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Milliseconds without a byte after which there will be no answer any more, and after which no more of it. */
  readonly patience: { readonly answer: number; readonly body: number };
}

export interface ExchangeAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Connections that are made when they are needed, and kept for the next one. */
export interface Connections {
  send(exchange: Exchange, signal: AbortSignal): Promise<ExchangeAnswer>;
  /** Ends them at once, also those whose answer nobody has read. */
  close(): Promise<void>;
}

/** Connections to one host. */
export const MOST_CONNECTIONS = 8;

type Environment = Readonly<Record<string, string | undefined>>;

/** Connections to any host: through the proxies of the environment where it says so, with the TLS that `tlsOf` says. */
export function openConnections(environment: Environment, tlsOf: TlsOf): Connections {
  const opened = new Map<string, Promise<Connections>>();
  const common = lazyAsync(() => commonAuthorities(environment));
  const proxyOf = proxiesOf(environment);
  const open = async (tls: TlsChoice | undefined, proxy: Proxy | undefined): Promise<Connections> => {
    const secure = lazyAsync(async () => tlsOptions(await common(), tls));
    if (!proxy) return openDirect(secure);
    const { openProxied } = await import("./proxied.ts");
    return openProxied(proxy, await secure());
  };
  const of = (url: URL): Promise<Connections> => {
    const tls = tlsOf(url.host);
    const proxy = proxyOf(url);
    const key = `${tls ? url.host : ""} ${proxy ? `${proxy.variable} ${proxy.url.href}` : ""}`;
    const found = opened.get(key) ?? open(tls, proxy);
    opened.set(key, found);
    return found;
  };
  return {
    send: async (exchange, signal) => (await of(exchange.url)).send(exchange, signal),
    async close() {
      for (const one of await Promise.allSettled(opened.values()))
        if (one.status === "fulfilled") await one.value.close();
    },
  };
}

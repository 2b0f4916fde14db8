import { readFile } from "node:fs/promises";
import type { buildConnector, Dispatcher } from "undici";
import { lazyAsync } from "../base/index.ts";

/** How TLS is spoken with one host, where it differs from how it is with everybody. */
export interface TlsChoice {
  /** Authorities that are trusted besides those of all, PEM. */
  readonly authorities: readonly string[];
  /** Who we are, PEM. */
  readonly client?: { readonly certificate: string; readonly key: string };
  /** False: whoever answers is believed. */
  readonly verify: boolean;
}

/** `registry.example.com:5000` to how TLS is spoken there; undefined where nothing is special. */
export type TlsOf = (host: string) => TlsChoice | undefined;

/** The connections of a client: kept by host, opened when somebody needs them. */
export interface Dispatchers extends AsyncDisposable {
  of(url: string): Promise<Dispatcher>;
}

/** Connections to one host. */
const CONNECTIONS = 8;

type Environment = Readonly<Record<string, string | undefined>>;

export function openDispatchers(environment: Environment, tlsOf: TlsOf): Dispatchers {
  const opened = new Map<string, Promise<Dispatcher>>();
  const common = lazyAsync(() => commonAuthorities(environment));
  const proxies = proxiesOf(environment);
  const open = (tls: TlsChoice | undefined, isDirect: boolean): Promise<Dispatcher> => {
    const secure = lazyAsync(async () => tlsOptions(await common(), tls));
    return isDirect ? direct(secure) : throughProxies(proxies, secure);
  };
  return {
    of(url) {
      const { host, hostname } = new URL(url);
      const tls = tlsOf(host);
      const isDirect = isWithoutProxy(hostname, proxies);
      const key = tls ? host : String(isDirect);
      const found = opened.get(key) ?? open(tls, isDirect);
      opened.set(key, found);
      return found;
    },
    // Not `close`: that waits for answers which a failure left unread.
    async [Symbol.asyncDispose]() {
      for (const one of await Promise.allSettled(opened.values()))
        if (one.status === "fulfilled") await one.value.destroy();
    },
  };
}

/** Whether no proxy is asked for a host for certain; those of domains and patterns are told apart by who knows proxies. */
function isWithoutProxy(hostname: string, { noProxy = "", ...proxies }: Proxies): boolean {
  return Object.keys(proxies).length === 0 || noProxy.split(/[\s,]+/).includes(hostname);
}

interface TlsOptions {
  readonly ca: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

function tlsOptions(common: readonly string[], tls: TlsChoice | undefined): TlsOptions {
  return {
    ca: [...common, ...(tls?.authorities ?? [])],
    ...(tls?.client && { cert: tls.client.certificate, key: tls.client.key }),
    ...(tls?.verify === false && { rejectUnauthorized: false }),
  };
}

async function direct(secure: () => Promise<TlsOptions>): Promise<Dispatcher> {
  const { default: Agent } = await import("undici/lib/dispatcher/agent.js");
  return new Agent({ connections: CONNECTIONS, connect: await connector(secure) });
}

/** A proxy hands connections through; what is beyond it is spoken to as without one. */
async function throughProxies(proxies: Proxies, secure: () => Promise<TlsOptions>): Promise<Dispatcher> {
  // Only the whole of undici gives its dispatchers the method by which a proxy is asked.
  const { EnvHttpProxyAgent } = await import("undici");
  const [connect, requestTls] = [await connector(secure), await secure()];
  const tls = { requestTls, proxyTls: { ca: requestTls.ca } };
  return new EnvHttpProxyAgent({ connections: CONNECTIONS, connect, ...tls, ...proxies });
}

/** Certificates are read when somebody is spoken to with TLS. */
async function connector(secure: () => Promise<TlsOptions>): Promise<buildConnector.connector> {
  const { default: build } = await import("undici/lib/core/connect.js");
  const plain = build({});
  const encrypted = lazyAsync(async () => {
    const [{ createSecureContext }, options] = await Promise.all([import("node:tls"), secure()]);
    // Hundreds of certificates are read once, and not for every connection.
    return build({ ...options, secureContext: createSecureContext(options) });
  });
  return (options, callback) => {
    if (options.protocol !== "https:") return plain(options, callback);
    encrypted().then(
      (connect) => connect(options, callback),
      (error: Error) => callback(error, null),
    );
  };
}

interface Proxies {
  readonly httpProxy?: string;
  readonly httpsProxy?: string;
  readonly noProxy?: string;
}

function proxiesOf(environment: Environment): Proxies {
  const proxies = {
    httpProxy: environment.http_proxy ?? environment.HTTP_PROXY,
    httpsProxy: environment.https_proxy ?? environment.HTTPS_PROXY,
    noProxy: environment.no_proxy ?? environment.NO_PROXY,
  };
  return Object.fromEntries(Object.entries(proxies).flatMap(([key, value]) => (value ? [[key, value]] : [])));
}

async function commonAuthorities(environment: Environment): Promise<readonly string[]> {
  const [{ rootCertificates }, bundles] = await Promise.all([import("node:tls"), hostBundles(environment)]);
  return [...rootCertificates, ...bundles];
}

/** Bundles that the host points programs to. */
async function hostBundles(environment: Environment): Promise<readonly string[]> {
  const names = ["TARE_EXTRA_CA_CERTS", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
  const paths = new Set([...names.map((name) => environment[name]), "/etc/ssl/certs/ca-certificates.crt"]);
  const texts = await Promise.all(
    [...paths].map((path) => (path ? readFile(path, "utf8").catch(() => "") : "")),
  );
  return texts.filter((text) => text !== "");
}

import { readFile } from "node:fs/promises";
import type { Dispatcher } from "undici";
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
  const authorities = lazyAsync(() => commonAuthorities(environment));
  const open = async (tls: TlsChoice | undefined): Promise<Dispatcher> => {
    const [{ EnvHttpProxyAgent }, common] = await Promise.all([import("undici"), authorities()]);
    const secure = {
      ca: [...common, ...(tls?.authorities ?? [])],
      ...(tls?.client && { cert: tls.client.certificate, key: tls.client.key }),
      ...(tls?.verify === false && { rejectUnauthorized: false }),
    };
    // A proxy hands connections through; what is beyond it is spoken to in the same way.
    const everywhere = { connect: secure, requestTls: secure, proxyTls: { ca: [...common] } };
    return new EnvHttpProxyAgent({ connections: CONNECTIONS, ...everywhere, ...proxiesOf(environment) });
  };
  return {
    of(url) {
      const { host } = new URL(url);
      const tls = tlsOf(host);
      const key = tls ? host : "";
      const found = opened.get(key) ?? open(tls);
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

function proxiesOf(environment: Environment): Readonly<Record<string, string>> {
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

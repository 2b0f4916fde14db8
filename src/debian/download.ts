import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { rootCertificates } from "node:tls";
import type { Dispatcher } from "undici";
import { lazyAsync, TareError, throwIfCancelled } from "../base/index.ts";

/** Fetches addresses as streams of bytes. */
export interface Downloader extends AsyncDisposable {
  /** The body of a successful answer. `registry-unreachable`, `registry-refused` (with the status). */
  get(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

const TRIES = 4;
const TIMEOUT = 30_000;
const CONNECTIONS = 8;

/** Through proxies of the environment, trusting the host's certificates besides the public ones. */
export function createDownloader(environment: Readonly<Record<string, string | undefined>>): Downloader {
  const dispatcher = lazyAsync(() => openDispatcher(environment));
  return {
    async get(url, signal) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await request(await dispatcher(), url, signal);
        } catch (error) {
          throwIfCancelled(signal);
          const retryable = !(error instanceof TareError) || error.facts.retryable === true;
          if (!retryable || attempt === TRIES)
            throw error instanceof TareError ? error : unreachable(url, error);
          await sleep(200 * 2 ** attempt, undefined, { signal });
        }
      }
    },
    [Symbol.asyncDispose]: async () => (await dispatcher()).close(),
  };
}

async function request(
  dispatcher: Dispatcher,
  url: string,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { request: send } = await import("undici");
  const answer = await send(url, { dispatcher, signal, headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT });
  const { statusCode, headers, body } = answer;
  if (statusCode === 200) return body;
  await body.dump();
  const location = headers.location;
  if (statusCode >= 300 && statusCode < 400 && typeof location === "string")
    return request(dispatcher, new URL(location, url).href, signal);
  throw new TareError("registry-refused", `${url}: the server answered ${statusCode}`, {
    retryable: statusCode >= 500 || statusCode === 429,
    hint:
      statusCode === 404
        ? "the mirror has newer packages; build again with --pull"
        : "try another mirror with --debian-mirror",
  });
}

async function openDispatcher(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Dispatcher> {
  const { EnvHttpProxyAgent } = await import("undici");
  const ca = [...rootCertificates, ...(await hostBundles(environment))];
  const proxies = {
    httpProxy: environment.http_proxy ?? environment.HTTP_PROXY,
    httpsProxy: environment.https_proxy ?? environment.HTTPS_PROXY,
    noProxy: environment.no_proxy ?? environment.NO_PROXY,
  };
  const given = Object.fromEntries(Object.entries(proxies).filter(([, value]) => value));
  return new EnvHttpProxyAgent({ connections: CONNECTIONS, connect: { ca }, ...given });
}

/** Bundles that the host points programs to. */
async function hostBundles(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
  const names = ["TARE_EXTRA_CA_CERTS", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
  const paths = new Set([...names.map((name) => environment[name]), "/etc/ssl/certs/ca-certificates.crt"]);
  const texts = await Promise.all(
    [...paths].map((path) => (path ? readFile(path, "utf8").catch(() => "") : "")),
  );
  return texts.filter((text) => text !== "");
}

function unreachable(url: string, cause: unknown): TareError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TareError("registry-unreachable", `can not fetch ${url}: ${reason}`, {
    hint: "check the network, proxies (http_proxy) and the mirror (--debian-mirror)",
    retryable: true,
    cause,
  });
}

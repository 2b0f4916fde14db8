import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { lazyAsync, TareError, throwIfCancelled } from "../base/index.ts";

/** Fetches addresses as streams of bytes. */
export interface Downloader extends AsyncDisposable {
  /**
   * The body of a successful answer, asked for once. `registry-unreachable`, also while the body is read;
   * `registry-refused` (with the status).
   */
  get(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

const TRIES = 4;
const TIMEOUT = 30_000;
const CONNECTIONS = 8;
const REDIRECTS = 10;

/** Through proxies of the environment, trusting the host's certificates besides the public ones. */
export function createDownloader(environment: Readonly<Record<string, string | undefined>>): Downloader {
  const opened: Promise<Dispatcher>[] = [];
  const dispatcher = lazyAsync(() => {
    const opening = openDispatcher(environment);
    opened.push(opening);
    return opening;
  });
  return {
    async get(url, signal) {
      throwIfCancelled(signal);
      try {
        return body(url, await request(await dispatcher(), { url, redirects: REDIRECTS }, signal), signal);
      } catch (error) {
        throw failure(url, error, signal);
      }
    },
    // Not `close`: that waits for answers which a failure left unread.
    [Symbol.asyncDispose]: async () => {
      for (const one of await Promise.allSettled(opened))
        if (one.status === "fulfilled") await one.value.destroy();
    },
  };
}

/** Does a task again, a little later each time, as long as it fails with an error that may go away. */
export async function withRetries<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      throwIfCancelled(signal);
      if (!(error instanceof TareError) || error.facts.retryable !== true || attempt === TRIES) throw error;
      await sleep(200 * 2 ** attempt, undefined, { signal }).catch(() => throwIfCancelled(signal));
    }
  }
}

async function* body(
  url: string,
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw failure(url, error, signal);
  }
}

function failure(url: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return new TareError("user-cancelled", "cancelled", { cause: signal.reason });
  return error instanceof TareError ? error : unreachable(url, error);
}

async function request(
  dispatcher: Dispatcher,
  { url, redirects }: { readonly url: string; readonly redirects: number },
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const { request: send } = await import("undici");
  const answer = await send(url, { dispatcher, signal, headersTimeout: TIMEOUT, bodyTimeout: TIMEOUT });
  const { statusCode, headers } = answer;
  if (statusCode === 200) return answer.body;
  await answer.body.dump();
  const location = headers.location;
  if (statusCode >= 300 && statusCode < 400 && typeof location === "string") {
    if (redirects === 0)
      throw new TareError("registry-refused", `${url}: redirected too often`, { hint: OTHER });
    return request(dispatcher, { url: new URL(location, url).href, redirects: redirects - 1 }, signal);
  }
  throw new TareError("registry-refused", `${url}: the server answered ${statusCode}`, {
    retryable: statusCode >= 500 || statusCode === 429,
    hint:
      statusCode === 404 && url.endsWith(".deb")
        ? "the mirror has newer packages; build again with --pull"
        : OTHER,
  });
}

const OTHER = "try another mirror with --debian-mirror";

async function openDispatcher(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Dispatcher> {
  const [{ EnvHttpProxyAgent }, { rootCertificates }] = await Promise.all([
    import("undici"),
    import("node:tls"),
  ]);
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

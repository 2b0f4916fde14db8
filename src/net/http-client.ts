import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Dispatcher } from "undici";
import { lazyAsync, TareError, throwIfCancelled } from "../base/index.ts";

/** Fetches addresses. */
export interface HttpClient extends AsyncDisposable {
  /**
   * A successful answer, asked for once; redirects are followed. `registry-unreachable`, also while the body is
   * read; `registry-refused` (with the status) for any status but 200 and 304.
   */
  get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer>;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/** What a client's errors tell the user to do. */
export interface HttpHints {
  readonly unreachable: string;
  readonly refused: (url: string, status: number) => string;
}

const TRIES = 4;
const TIMEOUT = 30_000;
const CONNECTIONS = 8;
const REDIRECTS = 10;

/** Through proxies of the environment, trusting the host's certificates besides the public ones. */
export function createHttpClient(
  environment: Readonly<Record<string, string | undefined>>,
  hints: HttpHints,
): HttpClient {
  const opened: Promise<Dispatcher>[] = [];
  const dispatcher = lazyAsync(() => {
    const opening = openDispatcher(environment);
    opened.push(opening);
    return opening;
  });
  return {
    async get(url, headers, signal) {
      throwIfCancelled(signal);
      try {
        const asked = { url, headers, redirects: REDIRECTS, hints };
        const answer = await request(await dispatcher(), asked, signal);
        return { ...answer, body: body(answer.body, { url, hints }, signal) };
      } catch (error) {
        throw failure(error, { url, hints }, signal);
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

interface Asked {
  readonly url: string;
  readonly hints: HttpHints;
}

async function* body(
  bytes: AsyncIterable<Uint8Array>,
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw failure(error, asked, signal);
  }
}

function failure(error: unknown, { url, hints }: Asked, signal: AbortSignal): unknown {
  if (signal.aborted) return new TareError("user-cancelled", "cancelled", { cause: signal.reason });
  if (error instanceof TareError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new TareError("registry-unreachable", `can not fetch ${url}: ${reason}`, {
    hint: hints.unreachable,
    retryable: true,
    cause: error,
  });
}

async function request(
  dispatcher: Dispatcher,
  asked: Asked & { readonly headers: Readonly<Record<string, string>>; readonly redirects: number },
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { url, headers: sent, redirects, hints } = asked;
  const { request: send } = await import("undici");
  const answer = await send(url, {
    dispatcher,
    signal,
    headers: { ...sent },
    headersTimeout: TIMEOUT,
    bodyTimeout: TIMEOUT,
  });
  const { statusCode: status, headers } = answer;
  if (status === 200 || status === 304) return { status, headers, body: answer.body };
  await answer.body.dump();
  const { location } = headers;
  if (status >= 300 && status < 400 && typeof location === "string") {
    if (redirects === 0)
      throw new TareError("registry-refused", `${url}: redirected too often`, {
        hint: hints.refused(url, status),
      });
    const next = new URL(location, url);
    // Who is not the one that was asked gets no credentials.
    const { authorization: _authorization, ...open } = sent;
    const same = next.origin === new URL(url).origin;
    return request(
      dispatcher,
      { ...asked, url: next.href, headers: same ? sent : open, redirects: redirects - 1 },
      signal,
    );
  }
  throw new TareError("registry-refused", `${url}: the server answered ${status}`, {
    retryable: status >= 500 || status === 429,
    hint: hints.refused(url, status),
  });
}

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

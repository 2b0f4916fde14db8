import { TareError, throwIfCancelled } from "../base/index.ts";
import { type Connections, type ExchangeAnswer, openConnections } from "./connections.ts";
import { ProxyFault } from "./proxies.ts";
import { reasonOf } from "./reason.ts";
import { waitAsked } from "./retries.ts";
import type { TlsOf } from "./tls.ts";

/** Fetches addresses. */
export interface HttpClient extends AsyncDisposable {
  /**
   * A successful answer, asked for once; redirects are followed. `registry-unreachable`, also while the body is
   * read; `registry-refused` (with the status) for any status but 200 and 304.
   */
  get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer>;
  /**
   * One exchange of any method, whatever its status; only GET and HEAD follow redirects. The answer's body has to be
   * read, or left by a loop that ends early. `registry-unreachable` when there is no answer.
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
}

export interface HttpRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Of a stream `content-length` has to tell the size. */
  /** Each piece of a stream need only be valid until the one after the next is asked for. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
}

export type HttpAnswer = ExchangeAnswer;

/** What a client's errors tell the user to do. */
export interface HttpHints {
  readonly unreachable: string;
  readonly refused: (url: string, status: number) => string;
}

const TIMEOUT = 30_000;
/** Who gets a large body may take a while to put it away before the answer. */
const TIMEOUT_AFTER_BODY = 300_000;
const REDIRECTS = 10;

/**
 * Through proxies of the environment, trusting the host's certificates besides the public ones; `tlsOf` says of single
 * hosts what else is trusted there.
 */
export function createHttpClient(
  environment: Readonly<Record<string, string | undefined>>,
  hints: HttpHints,
  tlsOf: TlsOf = () => undefined,
): HttpClient {
  const connections = openConnections(environment, tlsOf);
  const send = async (request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> => {
    throwIfCancelled(signal);
    const asked = { url: request.url, hints };
    try {
      const answer = await exchange(connections, { ...request, redirects: REDIRECTS, hints }, signal);
      return { ...answer, body: body(answer.body, asked, signal) };
    } catch (error) {
      throw failure(error, asked, signal);
    }
  };
  return {
    send,
    async get(url, headers, signal) {
      const answer = await send({ method: "GET", url, headers }, signal);
      if (answer.status === 200 || answer.status === 304) return answer;
      await dropAnswer(answer);
      throw refusal(answer, { url, hints });
    },
    [Symbol.asyncDispose]: () => connections.close(),
  };
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
  const reason = reasonOf(error);
  if (error instanceof ProxyFault)
    return new TareError("registry-unreachable", `can not fetch ${url}: ${reason}`, {
      hint: error.hint,
      retryable: error.retryable,
      cause: error,
    });
  const distrusted = isDistrust(error);
  return new TareError("registry-unreachable", `can not fetch ${url}: ${reason}`, {
    hint: distrusted
      ? "its certificate is not trusted here: name a file with the one of its authority in TARE_EXTRA_CA_CERTS"
      : hints.unreachable,
    retryable: !distrusted,
    cause: error,
  });
}

/** Whether an error, or its cause, is that a server is not by whom it should be. */
export function isDistrust(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && /CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(code);
}

async function exchange(
  connections: Connections,
  asked: HttpRequest & Asked & { readonly redirects: number },
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { url, method, headers: sent, redirects, hints, body } = asked;
  const patience = { answer: body === undefined ? TIMEOUT : TIMEOUT_AFTER_BODY, body: TIMEOUT };
  const exchanged = { url: new URL(url), method, headers: sent, body, patience };
  const answer = await connections.send(exchanged, signal);
  const { status, headers } = answer;
  const { location } = headers;
  const isRedirect = status >= 300 && status < 400 && typeof location === "string";
  if (!isRedirect || (method !== "GET" && method !== "HEAD")) return answer;
  await dropAnswer(answer);
  if (redirects === 0)
    throw new TareError("registry-refused", `${url}: redirected too often`, {
      hint: hints.refused(url, status),
    });
  const next = new URL(location, url);
  // Who is not the one that was asked gets no credentials.
  const { authorization: _authorization, ...open } = sent;
  const from = new URL(url);
  if (!/^https?:$/.test(next.protocol) || (from.protocol === "https:" && next.protocol === "http:"))
    throw new TareError("registry-refused", `${url}: redirected to ${next.href}, which nobody vouches for`, {
      hint: hints.refused(url, status),
    });
  const same = next.origin === from.origin;
  const further = { ...asked, url: next.href, headers: same ? sent : open, redirects: redirects - 1 };
  return exchange(connections, further, signal);
}

/** Leaves an answer's body: the end of a short one is read, so that its connection is free again. */
export async function dropAnswer({ body }: Pick<HttpAnswer, "body">): Promise<void> {
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > MOST_DROPPED) return;
  }
}

const MOST_DROPPED = 65_536;

function refusal({ status, headers }: HttpAnswer, { url, hints }: Asked): TareError {
  return new TareError("registry-refused", `${url}: the server answered ${status}`, {
    ...waitAsked(status, headers),
    hint: hints.refused(url, status),
  });
}

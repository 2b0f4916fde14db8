import type { ClientRequest, Agent as HttpAgent, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { lazyAsync } from "../base/index.ts";
import { type Connections, type Exchange, MOST_CONNECTIONS } from "./connections.ts";
import type { TlsOptions } from "./tls.ts";

/** Milliseconds until a host has to take a connection. */
const CONNECT_TIMEOUT = 10_000;

/**
 * Connections without a proxy, by Node's own client: it is loaded in a few milliseconds and parses in machine code, which
 * takes 40 MB less than a parser of WebAssembly. Certificates are read when somebody is spoken to with TLS.
 */
export function openDirect(secure: () => Promise<TlsOptions>): Connections {
  const kept = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
  const agents: HttpAgent[] = [];
  const remembered = <A extends HttpAgent>(agent: A): A => {
    agents.push(agent);
    return agent;
  };
  const plain = lazyAsync(async () => {
    const { Agent, request } = await import("node:http");
    const agent = remembered(new Agent(kept));
    return (url: URL, options: object) => request(url, { ...options, agent });
  });
  const encrypted = lazyAsync(async () => {
    const [{ Agent, request }, { createSecureContext }, options] = await Promise.all([
      import("node:https"),
      import("node:tls"),
      secure(),
    ]);
    const { rejectUnauthorized = true } = options;
    // Hundreds of certificates are read once, and not for every connection.
    const agent = new Agent({ ...kept, rejectUnauthorized, secureContext: createSecureContext(options) });
    remembered(agent);
    return (url: URL, options: object) => request(url, { ...options, agent });
  });
  return {
    async send(exchange, signal) {
      const { url, method, headers } = exchange;
      const open = await (url.protocol === "https:" ? encrypted() : plain());
      return answerOf(open(url, { method, headers, signal }), exchange);
    },
    async close() {
      for (const agent of agents) agent.destroy();
    },
  };
}

async function answerOf(request: ClientRequest, { patience, body }: Exchange) {
  let response: IncomingMessage | undefined;
  request.once("socket", limitConnecting);
  request.setTimeout(patience.answer);
  // Who does not read on is not kept waiting by the other side.
  request.on("timeout", () => (response?.readableLength ?? 0) > 0 || request.destroy(silent()));
  const closed = new Promise<void>((resolve) => request.once("close", resolve));
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
  });
  const sent = send(request, { body, isAnswered: () => response !== undefined });
  // A source that fails destroys the request with its error, which is told there.
  sent.catch((error: unknown) => request.destroy(error as Error));
  response = await answered;
  request.setTimeout(patience.body);
  // An answer before the end of what is sent leaves a connection in which nobody knows where the next request begins.
  if (!request.writableEnded) response.once("end", () => request.destroy());
  const { statusCode: status = 0, headers } = response;
  return { status, headers, body: untilFree(response, closed) };
}

/** The end of an answer comes a moment before its connection is free: who asks again at once would get another one. */
async function* untilFree(
  response: AsyncIterable<Uint8Array>,
  closed: Promise<void>,
): AsyncGenerator<Uint8Array> {
  yield* response;
  await closed;
}

function limitConnecting(this: ClientRequest, socket: Socket): void {
  if (!socket.connecting) return;
  const timer = setTimeout(() => this.destroy(new Error("connecting takes too long")), CONNECT_TIMEOUT);
  const stop = () => clearTimeout(timer);
  socket.once("connect", stop).once("close", stop);
}

function silent(): Error {
  return new Error("the other side has fallen silent");
}

async function send(
  request: ClientRequest,
  { body, isAnswered }: { readonly body: Exchange["body"]; readonly isAnswered: () => boolean },
): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) return void request.end(body);
  for await (const chunk of body) {
    if (request.destroyed || isAnswered()) return;
    if (!request.write(chunk)) await drained(request);
  }
  request.end();
}

function drained(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const stop = () => {
      request.off("drain", stop).off("close", stop).off("response", stop);
      resolve();
    };
    request.on("drain", stop).on("close", stop).on("response", stop);
  });
}

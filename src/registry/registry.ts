import { lazyAsync, TareError } from "../base/index.ts";
import { dropAnswer, type HttpClient, type HttpHints, withRetries } from "../net/index.ts";
import { refusedBy } from "./answers.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import { findEndpoint } from "./endpoint.ts";
import { basicAuthorization, fetchToken } from "./token.ts";
import type { Credentials, Registry, RegistryAnswer, RegistryRequest } from "./types.ts";

export type { Credentials, Registry, RegistryAnswer, RegistryRequest } from "./types.ts";

/** What errors of a registry tell the user to do. */
export const REGISTRY_HINTS: HttpHints = {
  unreachable: "check the registry's name, the network and proxies (https_proxy, no_proxy)",
  refused: () => "check the name",
};

export interface RegistryOptions {
  readonly client: HttpClient;
  /** Whose repositories are asked for; looked up when the registry wants to know. */
  readonly credentials: () => Promise<Credentials | undefined>;
  /** Whether it may be spoken to without TLS, as this machine's own always may. */
  readonly insecure?: boolean;
  /** Whether it is spoken to with TLS, where that is known; else it is found out. */
  readonly scheme?: "http" | "https";
  /** Where its API is; default `/v2`. */
  readonly api?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The registry that it stands for, named in every request. */
  readonly namespace?: string;
}

/** A registry by its host, as names have it. Nothing is asked before it is needed. */
export function openRegistry(host: string, options: RegistryOptions): Registry {
  const { insecure = false, scheme } = options;
  let found: Promise<URL> | undefined;
  const base = (signal: AbortSignal): Promise<URL> => {
    if (scheme) return Promise.resolve(new URL(`${scheme}://${host}`));
    found ??= findEndpoint({ host, insecure }, options.client, signal).catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return found;
  };
  const authorizations = openAuthorizations(host, options);

  async function exchange(request: RegistryRequest, signal: AbortSignal): Promise<RegistryAnswer> {
    const origin = await base(signal);
    const url = addressOf(request.path, origin, options);
    const scopes = [...request.scopes].sort();
    const own = url.origin === origin.origin;
    const headers = { ...(own && options.headers), ...request.headers };
    const send = async (authorization: string | undefined) => ({
      ...(await options.client.send(
        httpRequest({ ...request, headers }, url, own ? authorization : undefined),
        signal,
      )),
      url: url.href,
    });
    const refused = authorizations.known(scopes);
    const answer = await send(refused);
    if (answer.status !== 401 || !own) return answer;
    const challenges = parseChallenges(answer.headers["www-authenticate"]);
    const fresh = await authorizations.fetch(
      { challenges, scopes, refused, plain: origin.protocol === "http:" },
      signal,
    );
    if (fresh === undefined) return answer;
    await dropAnswer(answer);
    return send(fresh);
  }

  return {
    host,
    async request(request, signal) {
      const ask = async () => {
        const answer = await exchange(request, signal);
        if (request.expect.includes(answer.status)) return answer;
        throw await refusedBy(answer, request.what);
      };
      return request.once ? ask() : withRetries(ask, signal);
    },
  };
}

/**
 * Asks whether there is a registry and whether the credentials are taken (OCI distribution-spec, "Determining
 * Support"). `registry-refused`, `registry-unreachable`.
 */
export async function pingRegistry(registry: Registry, signal: AbortSignal): Promise<void> {
  const what = registry.host;
  const answer = await registry.request(
    { method: "GET", path: "/v2/", scopes: [], expect: [200, 404], what },
    signal,
  );
  await dropAnswer(answer);
  if (answer.status === 200) return;
  throw new TareError("registry-refused", `there is no registry at ${registry.host}`, {
    hint: "check the name and the port",
  });
}

function addressOf(path: string, origin: URL, { api = "/v2", namespace }: RegistryOptions): URL {
  const url = new URL(path.startsWith("/v2/") ? `${api}${path.slice("/v2".length)}` : path, origin);
  if (namespace !== undefined) url.searchParams.set("ns", namespace);
  return url;
}

function httpRequest(
  { method, headers = {}, body }: RegistryRequest,
  url: URL,
  authorization: string | undefined,
): Parameters<HttpClient["send"]>[0] {
  return {
    method,
    url: url.href,
    headers: {
      "user-agent": "tare",
      ...headers,
      ...(body && { "content-length": String(body.size) }),
      ...(authorization !== undefined && { authorization }),
    },
    ...(body && { body: body.bytes() }),
  };
}

/** The authorizations of one registry, fetched when it asks for one and kept until it refuses them. */
interface Authorizations {
  known(scopes: readonly string[]): string | undefined;
  /** Undefined when there is nothing to offer. */
  fetch(wanted: Wanted, signal: AbortSignal): Promise<string | undefined>;
}

interface Wanted {
  readonly challenges: readonly Challenge[];
  readonly scopes: readonly string[];
  /** What was sent in vain. */
  readonly refused: string | undefined;
  /** Whether the registry is spoken to without TLS. */
  readonly plain: boolean;
}

function openAuthorizations(host: string, { client, credentials }: RegistryOptions): Authorizations {
  const known = new Map<string, string>();
  const pending = new Map<string, Promise<string | undefined>>();
  const find = lazyAsync(credentials);
  let basic: string | undefined;

  async function fetch(
    { challenges, scopes, plain }: Wanted,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const found = await find();
    const bearer = challenges.find(({ scheme }) => scheme === "bearer");
    if (bearer) {
      const asked = scopes.length > 0 ? scopes : (bearer.parameters.get("scope")?.split(" ") ?? []);
      const request = { host, challenge: bearer, scopes: asked, credentials: found, plain };
      const authorization = `Bearer ${await fetchToken(request, client, signal)}`;
      known.set(scopes.join(" "), authorization);
      return authorization;
    }
    if (!challenges.some(({ scheme }) => scheme === "basic") || found?.type !== "password") return undefined;
    basic = basicAuthorization(found);
    return basic;
  }

  return {
    known: (scopes) => basic ?? known.get(scopes.join(" ")),
    fetch(wanted, signal) {
      const key = wanted.scopes.join(" ");
      const current = basic ?? known.get(key);
      // Another request was faster.
      if (current !== undefined && current !== wanted.refused) return Promise.resolve(current);
      const fetching = pending.get(key) ?? fetch(wanted, signal).finally(() => pending.delete(key));
      pending.set(key, fetching);
      return fetching;
    },
  };
}

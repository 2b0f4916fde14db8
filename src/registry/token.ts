import { TareError } from "../base/index.ts";
import type { HttpAnswer, HttpClient } from "../net/index.ts";
import { jsonObject, readAnswer, refusedBy } from "./answers.ts";
import type { Challenge } from "./challenge.ts";
import type { Credentials } from "./types.ts";

/** What a token is asked for. */
export interface TokenRequest {
  readonly host: string;
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** Whether credentials may travel unencrypted, as they do on this machine. */
  readonly plain: boolean;
}

/**
 * A bearer token from the server that the challenge names (Docker registry token specification; with a refresh token
 * its OAuth 2 form). Anonymous without credentials. `registry-refused`.
 */
export async function fetchToken(
  request: TokenRequest,
  client: HttpClient,
  signal: AbortSignal,
): Promise<string> {
  const { host, credentials } = request;
  if (credentials?.type === "bearer") return credentials.token;
  const realm = realmOf(request);
  const answer =
    credentials?.type === "identity"
      ? await client.send(refresh(realm, request, credentials.token), signal)
      : await client.send(query(realm, request, credentials), signal);
  if (answer.status !== 200) throw await refusedToken(answer, { host, server: realm.host });
  const json = jsonObject(await readAnswer(answer, { limit: MAX_TOKEN, what: "the token" }));
  const token = json?.token ?? json?.access_token;
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new TareError("registry-refused", `the token server of ${host} gave no token`, {
    hint: "ask who runs the registry",
  });
}

/** A server that knows no such address is wrongly named by the registry: no image is missing. */
async function refusedToken(
  answer: HttpAnswer,
  { host, server }: { readonly host: string; readonly server: string },
): Promise<TareError> {
  const error = await refusedBy(answer, `a token for ${host} from ${server}`);
  if (error.code !== "resolve-image") return error;
  return new TareError("registry-refused", error.message, {
    ...error.facts,
    hint: `${host} names ${server} as its token server: ask who runs the registry, or check proxies`,
  });
}

const MAX_TOKEN = 1 << 20;
const CLIENT = "tare";

function realmOf({ host, challenge, credentials, plain }: TokenRequest): URL {
  const text = challenge.parameters.get("realm") ?? "";
  const realm = URL.canParse(text) ? new URL(text) : undefined;
  if (realm && /^https?:$/.test(realm.protocol)) {
    const own = plain && realm.hostname === new URL(`http://${host}`).hostname;
    if (realm.protocol === "https:" || own || !credentials) return realm;
    throw new TareError("registry-refused", `${host} wants credentials sent unencrypted to ${realm.host}`, {
      hint: "ask who runs the registry for a token server with TLS",
    });
  }
  throw new TareError("registry-refused", `${host} names no token server`, {
    hint: "ask who runs the registry",
  });
}

type Sent = Parameters<HttpClient["send"]>[0];

function query(
  realm: URL,
  { challenge, scopes }: TokenRequest,
  credentials: Extract<Credentials, { type: "password" }> | undefined,
): Sent {
  const url = new URL(realm);
  const service = challenge.parameters.get("service");
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  if (credentials) url.searchParams.set("account", credentials.username);
  return {
    method: "GET",
    url: url.href,
    headers: credentials ? { authorization: basicAuthorization(credentials) } : {},
  };
}

function refresh(realm: URL, { challenge, scopes }: TokenRequest, token: string): Sent {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    service: challenge.parameters.get("service") ?? "",
    client_id: CLIENT,
    refresh_token: token,
    scope: scopes.join(" "),
  });
  return {
    method: "POST",
    url: realm.href,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: Buffer.from(form.toString()),
  };
}

/** RFC 7617, in UTF-8. */
export function basicAuthorization({
  username,
  password,
}: {
  readonly username: string;
  readonly password: string;
}): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

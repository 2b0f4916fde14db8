import { TareError } from "../base/index.ts";
import { dropAnswer, type HttpClient, isDistrust } from "../net/index.ts";

/** Names stand for other hosts here: docker.io itself is a web site. */
const HOSTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

/**
 * Where a registry's API is. With TLS, and nothing is asked for that; only a registry on this machine, or one that is
 * marked insecure, may speak without, which is found out by asking it. `registry-unreachable`.
 */
export async function findEndpoint(
  { host, insecure }: { readonly host: string; readonly insecure: boolean },
  client: HttpClient,
  signal: AbortSignal,
): Promise<URL> {
  const secure = new URL(`https://${Object.hasOwn(HOSTS, host) ? HOSTS[host] : host}`);
  const local = isLoopback(secure.hostname);
  if (!insecure && !local) return secure;
  const plain = new URL(`http://${host}`);
  // Setting up TLS takes ten times as long as asking; on this machine nobody listens in between.
  const status = local ? await ask(plain, client, signal).catch(onlyUnreachable) : undefined;
  if (status === 200 || status === 401) return plain;
  try {
    await ask(secure, client, signal);
    return secure;
  } catch (error) {
    onlyUnreachable(error);
    // There is TLS, but not by whom it should be: then nothing is sent unencrypted either.
    if (isDistrust((error as TareError).cause)) throw error;
    if (status === undefined) await ask(plain, client, signal);
    return plain;
  }
}

/** Whether a host is this machine, by its name or address. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The status of an answer to nobody in particular. */
async function ask(base: URL, client: HttpClient, signal: AbortSignal): Promise<number> {
  const url = new URL("/v2/", base).href;
  const answer = await client.send({ method: "GET", url, headers: {} }, signal);
  await dropAnswer(answer);
  return answer.status;
}

function onlyUnreachable(error: unknown): undefined {
  if (!(error instanceof TareError) || error.code !== "registry-unreachable") throw error;
}

import { TareError } from "../base/index.ts";
import { type HttpClient, isDistrust } from "../net/index.ts";
import { dropAnswer } from "./answers.ts";

/** Names stand for other hosts here: docker.io itself is a web site. */
const HOSTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" };

/**
 * Where a registry's API is. With TLS, and nothing is asked for that; only a registry on this machine, or one that is
 * marked insecure, may speak without, which is found out by trying TLS first. `registry-unreachable`.
 */
export async function findEndpoint(
  { host, insecure }: { readonly host: string; readonly insecure: boolean },
  client: HttpClient,
  signal: AbortSignal,
): Promise<URL> {
  const secure = new URL(`https://${Object.hasOwn(HOSTS, host) ? HOSTS[host] : host}`);
  if (!insecure && !isLoopback(secure.hostname)) return secure;
  try {
    await ask(secure, client, signal);
    return secure;
  } catch (error) {
    // There is TLS, but not by whom it should be: then nothing is sent unencrypted either.
    if (!(error instanceof TareError) || error.code !== "registry-unreachable" || isDistrust(error.cause))
      throw error;
    const plain = new URL(`http://${host}`);
    await ask(plain, client, signal);
    return plain;
  }
}

/** Whether a host is this machine, by its name or address. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}

async function ask(base: URL, client: HttpClient, signal: AbortSignal): Promise<void> {
  const url = new URL("/v2/", base).href;
  await dropAnswer(await client.send({ method: "GET", url, headers: {} }, signal));
}

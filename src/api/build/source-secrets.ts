import type { GitAccess } from "../../git/index.ts";
import type { BuildJob } from "./job.ts";

type Secrets = Pick<BuildJob, "secrets">;

/**
 * The `Authorization` header for an address by HTTP: the secret HTTP_AUTH_TOKEN_<host>, else HTTP_AUTH_HEADER_<host>. A
 * secret of one port, <host>:<port>, wins over the host's; there is none for all hosts.
 */
export function httpAuthorization({ secrets }: Secrets, address: string): string | undefined {
  const url = urlOf(address);
  if (!url) return undefined;
  const named = (name: string) => secretOf(secrets, [`${name}_${url.host}`, `${name}_${url.hostname}`]);
  const token = named("HTTP_AUTH_TOKEN");
  return token === undefined ? named("HTTP_AUTH_HEADER") : `Bearer ${token}`;
}

/** Credentials for a repository: GIT_AUTH_HEADER and GIT_AUTH_TOKEN, with `.<host>` or `_<host>` before those for all. */
export function gitAccess({ secrets, environment }: Secrets & GitAccess, remote: string): GitAccess {
  const url = urlOf(remote);
  if (!url) return { environment };
  const named = (end: string) => {
    const token = secretOf(secrets, [`GIT_AUTH_TOKEN${end}`]);
    const basic = token && `basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
    return secretOf(secrets, [`GIT_AUTH_HEADER${end}`]) ?? basic;
  };
  const header = [`.${url.host}`, `_${url.host}`, ""].map(named).find((found) => found !== undefined);
  return header === undefined
    ? { environment }
    : { environment, authorization: { origin: url.origin, header } };
}

/** The first of these secrets that there is. */
function secretOf(secrets: BuildJob["secrets"], names: readonly string[]): string | undefined {
  const value = names.map((name) => secrets[name]).find((found) => found !== undefined);
  return value === undefined ? undefined : Buffer.from(value, "base64").toString("utf8").trim();
}

/** Undefined for `git@host:path`, which is no URL. */
function urlOf(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}

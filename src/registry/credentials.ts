import { TareError } from "../base/index.ts";
import {
  type AuthFile,
  credentialsIn,
  type Environment,
  entryIn,
  objectIn,
  readAuthFiles,
} from "./auth-file.ts";
import { helperCredentials } from "./credential-helper.ts";
import type { Credentials } from "./types.ts";

export type { Environment } from "./auth-file.ts";

/** Whose credentials are wanted. */
export interface CredentialsQuery {
  /** As names have it: `docker.io`, `localhost:5000`. */
  readonly host: string;
  /** Path of a repository: podman's files may have credentials for a part of a registry. */
  readonly repository?: string;
  readonly environment: Environment;
}

/**
 * The credentials for a registry: of DOCKER_AUTH_CONFIG, `$DOCKER_CONFIG/config.json` with its helpers, then podman's
 * `auth.json`. Undefined when there are none. `user-bad-login` for a file or helper that does not do what it should.
 */
export async function findCredentials(
  query: CredentialsQuery,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  for (const file of await readAuthFiles(query.environment)) {
    const found = (await fromHelper(file, query, signal)) ?? fromAuths(file, query);
    if (found) return found;
  }
  return undefined;
}

const DOCKER_HUB = "https://index.docker.io/v1/";

/** What docker's files and helpers call a registry. */
export function serverName(host: string): string {
  return host === "docker.io" ? DOCKER_HUB : host;
}

/** The helper that a file names for a registry; undefined when the file itself has its credentials. */
export function helperFor({ json }: Pick<AuthFile, "json">, host: string): string | undefined {
  const helpers = objectIn(json, "credHelpers");
  const own = [host, serverName(host)].map((name) => entryIn(helpers, name)).find(isName);
  const all = entryIn(json, "credsStore");
  return own ?? (isName(all) ? all : undefined);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

async function fromHelper(
  file: AuthFile,
  { host, environment }: CredentialsQuery,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  const name = helperFor(file, host);
  return name === undefined ? undefined : helperCredentials({ name, environment }, serverName(host), signal);
}

function fromAuths(
  { json, path }: AuthFile,
  { host, repository }: CredentialsQuery,
): Credentials | undefined {
  const auths = objectIn(json, "auths");
  for (const key of [...keysOf(host, repository), ...addressesOf(auths, host)]) {
    const entry = objectIn(auths, key);
    const found = credentialsIn(entry);
    if (found) return found;
    if (isName(entryIn(entry, "auth")))
      throw new TareError("user-bad-login", `${path}: auth of ${key} is not NAME:PASSWORD in base64`, {
        hint: `\`tare login ${host}\` writes it anew`,
      });
  }
  return undefined;
}

/** The most particular first: `host/team/app`, `host/team`, `host`. */
function keysOf(host: string, repository = ""): readonly string[] {
  const parts = repository.split("/").filter(Boolean);
  const paths = parts.map((_, index) => `${host}/${parts.slice(0, parts.length - index).join("/")}`);
  return [...paths, serverName(host), host];
}

/** Keys that are addresses of the registry, as old versions of docker wrote them: `https://host/v1/`. */
function addressesOf(auths: Readonly<Record<string, unknown>>, host: string): readonly string[] {
  const hosts = host === "docker.io" ? ["docker.io", "index.docker.io"] : [host];
  return Object.keys(auths).filter((key) => {
    const match = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/.exec(key);
    return hosts.includes(match?.[1] ?? "");
  });
}

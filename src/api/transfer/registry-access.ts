import { lazyAsync } from "../../base/index.ts";
import { createHttpClient } from "../../net/index.ts";
import { parseReference, type Reference, type RegistryRule } from "../../oci/index.ts";
import {
  type Credentials,
  type Environment,
  openHostTls,
  openRepository,
  REGISTRY_HINTS,
  type Registry,
  readRegistriesConf,
} from "../../registry/index.ts";
import { openSettings } from "../settings.ts";

/** Who works with registries, and how. */
export interface RegistryChoice {
  /** Proxies, certificates, credentials, files of rules; TARE_INSECURE_REGISTRIES. */
  readonly environment?: Environment;
  /** What a project says of registries; default: its `tare.yaml`, by TARE_CONFIG or in the current folder. */
  readonly registries?: readonly RegistryRule[];
}

/** Registries as this user sees them; connections are closed when it is disposed. */
export interface RegistryAccess extends AsyncDisposable {
  /** The registry of a repository. `credentials` stand for those of the user's files. */
  registry(of: Pick<Reference, "domain" | "path">, credentials?: Credentials): Registry;
}

/** Opens nothing yet: whoever asks a registry for something connects. */
export function openRegistries(
  { environment = {}, registries }: RegistryChoice,
  signal: AbortSignal,
): RegistryAccess {
  const tls = openHostTls(environment);
  const client = createHttpClient(withoutLocalProxy(environment), REGISTRY_HINTS, tls.tlsOf);
  const insecure = (environment.TARE_INSECURE_REGISTRIES ?? "").split(/[\s,]+/).filter(Boolean);
  const rules = lazyAsync(async () => [
    ...(registries ?? (await projectRules(environment))),
    ...(await readRegistriesConf(environment)),
  ]);
  const options = { client, tls, environment, rules, insecure };
  return {
    registry: (of, credentials) => openRepository(of, { ...options, credentials }, signal),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

async function projectRules(environment: Environment): Promise<readonly RegistryRule[]> {
  const here = { name: "context", source: { directory: "." }, ignore: [] };
  return (await openSettings({ environment }, { folders: [here] }))?.registries ?? [];
}

/** Proxies are never asked for this machine itself, as in docker, whatever no_proxy says. */
function withoutLocalProxy(environment: Environment): Environment {
  const given = environment.no_proxy || environment.NO_PROXY;
  const local = "localhost,127.0.0.0/8,[::1]";
  return { ...environment, no_proxy: given ? `${given},${local}` : local };
}

/** The host of a registry as somebody writes it at `login`: none is docker.io, an address counts by its host. */
export function registryHost(text: string | undefined): string {
  const host = (text ?? "docker.io").replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  if (["index.docker.io", "registry-1.docker.io"].includes(host)) return "docker.io";
  // Something that no reference can have as its host is refused there, with a hint.
  return host === "docker.io"
    ? host
    : parseReference(`${hasMark(host) ? host : `${host}:443`}/a`).domain && host;
}

function hasMark(host: string): boolean {
  return /[.:]/.test(host) || host === "localhost";
}

/** The repository of a name as the store remembers it. */
export function repositoryOf({ domain, path }: Pick<Reference, "domain" | "path">): string {
  return `${domain}/${path}`;
}

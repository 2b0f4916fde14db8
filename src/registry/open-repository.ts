import { lazyAsync, TareError } from "../base/index.ts";
import type { HttpClient } from "../net/index.ts";
import { type MirrorRule, movedTo, type Reference, type RegistryRule, ruleFor } from "../oci/index.ts";
import type { Environment } from "./auth-file.ts";
import { hostsTomlRule } from "./certificate-folders.ts";
import { findCredentials } from "./credentials.ts";
import type { HostTls } from "./host-tls.ts";
import { type Mirror, mirroredRegistry } from "./mirrors.ts";
import { openRegistry } from "./registry.ts";
import type { Credentials, Registry } from "./types.ts";

type RepositoryName = Pick<Reference, "domain" | "path">;

/** What is known of all registries. */
export interface RepositoryOptions {
  readonly client: HttpClient;
  /** What the client knows of TLS; what is opened is added to it. */
  readonly tls: HostTls;
  readonly environment: Environment;
  /** Those that count first in front. */
  readonly rules: () => Promise<readonly RegistryRule[]>;
  /** Hosts that may be spoken to without TLS, besides those of the rules. */
  readonly insecure: readonly string[];
  /** Instead of those of the user's files. */
  readonly credentials?: Credentials | undefined;
}

/**
 * The registry of a repository, with the mirrors that rules and `hosts.toml` name for it. Nothing is read or asked before
 * it is needed. Its requests fail with `registry-refused` when it is blocked.
 */
export function openRepository(
  name: RepositoryName,
  options: RepositoryOptions,
  signal: AbortSignal,
): Registry {
  const opened = lazyAsync(async () => {
    const rule =
      ruleFor(await options.rules(), name) ?? (await hostsTomlRule(name.domain, options.environment));
    return openByRule(name, rule, { ...options, signal });
  });
  return {
    host: name.domain,
    request: async (request, signal) => (await opened()).request(request, signal),
  };
}

interface Opening extends RepositoryOptions {
  readonly signal: AbortSignal;
}

function openByRule(name: RepositoryName, rule: RegistryRule | undefined, options: Opening): Registry {
  if (rule?.blocked) throw blocked(name, rule);
  const insecure = (rule?.insecure ?? false) || options.insecure.includes(name.domain);
  options.tls.add(name.domain, { insecure, tls: rule?.tls });
  const itself = openOne(name, { insecure }, options);
  if (!rule) return itself;
  const { location = rule.prefix, mirrors } = rule;
  const moved = location !== rule.prefix;
  const places = moved ? [...mirrors, { location, insecure, use: "all" as const }] : mirrors;
  if (places.length === 0) return itself;
  // Credentials that were given are for the registry itself.
  const { credentials: _own, ...others } = options;
  return mirroredRegistry(itself, {
    repository: name.path,
    mirrors: places.map((place) => openMirror(place, movedTo(place.location, rule, name), others)),
    readsItself: !moved && !rule.onlyMirrors,
  });
}

function openMirror(place: MirrorRule, there: RepositoryName, options: Opening): Mirror {
  options.tls.add(there.domain, place);
  const { use, takesPushes = false } = place;
  return { registry: openOne(there, place, options), repository: there.path, use, takesPushes };
}

function openOne(
  { domain: host, path: repository }: RepositoryName,
  how: Pick<MirrorRule, "insecure" | "scheme" | "api" | "headers" | "namespace">,
  { client, environment, credentials, signal }: Opening,
): Registry {
  const find = async () => credentials ?? (await findCredentials({ host, repository, environment }, signal));
  return openRegistry(host, { ...how, client, credentials: find });
}

function blocked({ domain, path }: RepositoryName, { source, prefix }: RegistryRule): TareError {
  return new TareError("registry-refused", `${domain}/${path} is blocked: ${source} blocks ${prefix}`, {
    hint: "choose another registry, or ask who wrote that",
  });
}

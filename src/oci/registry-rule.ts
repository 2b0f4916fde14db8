import type { Reference } from "./reference.ts";

/** Which names a mirror may be asked for (containers-registries.conf(5), "pull-from-mirror"). */
export type MirrorUse = "all" | "digest-only" | "tag-only" | "none";

/** Another place that may have what a registry has. */
export interface MirrorRule {
  /** A host, perhaps with the beginning of the repositories' names there: `mirror.example.com/hub`. */
  readonly location: string;
  /** Whether it may be spoken to without TLS, or with a certificate that nobody vouches for. */
  readonly insecure: boolean;
  readonly use: MirrorUse;
  /** Whether what is written to the registry goes here instead. */
  readonly takesPushes?: boolean;
  /** Whether it is spoken to with TLS, where that is known; else it is found out. */
  readonly scheme?: "http" | "https";
  /** Where its API is, when that is not `/v2`. */
  readonly api?: string;
  /** What is sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The registry that it stands for is named in every request (containerd's `ns`). */
  readonly namespace?: string;
  readonly tls?: TlsFiles;
}

/** What TLS with a registry needs: paths of PEM files. */
export interface TlsFiles {
  readonly authorities: readonly string[];
  readonly clients: readonly { readonly certificate: string; readonly key: string }[];
}

/** What somebody has laid down for the names that begin with a prefix. Plain JSON. */
export interface RegistryRule {
  /** `docker.io`, `docker.io/library`, `*.example.com`. */
  readonly prefix: string;
  /** What stands in the prefix's place when images are read; default the prefix itself. */
  readonly location?: string;
  readonly insecure: boolean;
  readonly blocked: boolean;
  /** Asked in this order, before the registry itself. */
  readonly mirrors: readonly MirrorRule[];
  /** Whether the mirrors stand for the registry: it is not asked itself for what is read. */
  readonly onlyMirrors?: boolean;
  readonly tls?: TlsFiles;
  /** Where it is written. */
  readonly source: string;
}

/** The rule for a repository: of those that fit the one with the longest prefix, of the same ones the first. */
export function ruleFor(
  rules: readonly RegistryRule[],
  name: Pick<Reference, "domain" | "path">,
): RegistryRule | undefined {
  let found: RegistryRule | undefined;
  for (const rule of rules)
    if (prefixLength(rule, name) > 0 && (!found || rule.prefix.length > found.prefix.length)) found = rule;
  return found;
}

/** Where a repository is when a location stands in for the prefix of its rule. */
export function movedTo(
  location: string,
  rule: Pick<RegistryRule, "prefix">,
  name: Pick<Reference, "domain" | "path">,
): { readonly domain: string; readonly path: string } {
  const rest = `${name.domain}/${name.path}`.slice(prefixLength(rule, name));
  const whole = `${location}${rest}`;
  const slash = whole.indexOf("/");
  return { domain: whole.slice(0, slash), path: whole.slice(slash + 1) };
}

/** How much of a name a prefix stands for; 0 where it does not fit. */
function prefixLength(
  { prefix }: Pick<RegistryRule, "prefix">,
  { domain, path }: Pick<Reference, "domain" | "path">,
): number {
  if (prefix.startsWith("*."))
    return domain.endsWith(prefix.slice(1)) && domain.length > prefix.length - 1 ? domain.length : 0;
  const name = `${domain}/${path}`;
  return name === prefix || name.startsWith(`${prefix}/`) ? prefix.length : 0;
}

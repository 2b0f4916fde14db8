import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BindMount } from "./types.ts";

/**
 * /etc/resolv.conf and /etc/hosts for a container, as mounts: made new, so that a process that writes them
 * changes nothing of the host.
 */
export function networkFiles(
  scratch: string,
  {
    hostname,
    network,
    hosts = [],
    resolver,
  }: {
    readonly hostname: string;
    /** `host` takes the host's resolvers; a text is the file itself. */
    readonly network: "host" | "none" | { readonly resolvers: string };
    /** More lines for /etc/hosts, `name=address`. */
    readonly hosts?: readonly string[];
    readonly resolver?: Resolver | undefined;
  },
): readonly BindMount[] {
  const resolv = withResolver(resolversOf(network), resolver);
  const contents = {
    "resolv.conf": resolv,
    hosts: `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n${hosts.map(hostLine).join("")}`,
  };
  return Object.entries(contents).map(([name, content]) => mountedFile(scratch, name, content));
}

/** What takes the place of lines of /etc/resolv.conf; an empty list leaves those that there are (resolv.conf(5)). */
export interface Resolver {
  readonly servers: readonly string[];
  /** `.` is none. */
  readonly search: readonly string[];
  readonly options: readonly string[];
}

function withResolver(text: string, resolver: Resolver | undefined): string {
  if (resolver === undefined) return text;
  const { servers, search, options } = resolver;
  const replaced = [
    ...(servers.length > 0 ? ["nameserver"] : []),
    ...(search.length > 0 ? ["search", "domain"] : []),
    ...(options.length > 0 ? ["options"] : []),
  ];
  const kept = text
    .split("\n")
    .filter((line) => line !== "" && !replaced.includes(line.split(/\s/, 1)[0] ?? ""));
  const domains = search.filter((domain) => domain !== ".");
  const lines = [
    ...servers.map((server) => `nameserver ${server}`),
    ...(domains.length > 0 ? [`search ${domains.join(" ")}`] : []),
    ...(options.length > 0 ? [`options ${options.join(" ")}`] : []),
    ...kept,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** /etc/hostname, which is the image's own while it is built, and the container's when it runs. */
export function hostnameFile(scratch: string, hostname: string): BindMount {
  return mountedFile(scratch, "hostname", `${hostname}\n`);
}

function mountedFile(scratch: string, name: string, content: string): BindMount {
  const source = join(scratch, name);
  writeFileSync(source, content, { mode: 0o644 });
  return { source, target: `/etc/${name}`, readonly: false };
}

function resolversOf(network: "host" | "none" | { readonly resolvers: string }): string {
  if (network === "host") return readResolvers();
  return network === "none" ? "" : network.resolvers;
}

function hostLine(host: string): string {
  const at = host.indexOf("=");
  return `${host.slice(at + 1)}\t${host.slice(0, at)}\n`;
}

function readResolvers(): string {
  try {
    return readFileSync("/etc/resolv.conf", "utf8");
  } catch {
    return "";
  }
}

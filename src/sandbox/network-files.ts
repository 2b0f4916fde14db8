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
  }: {
    readonly hostname: string;
    /** `host` takes the host's resolvers; a text is the file itself. */
    readonly network: "host" | "none" | { readonly resolvers: string };
    /** More lines for /etc/hosts, `name=address`. */
    readonly hosts?: readonly string[];
  },
): readonly BindMount[] {
  const resolv = resolversOf(network);
  const contents = {
    "resolv.conf": resolv,
    hosts: `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n${hosts.map(hostLine).join("")}`,
  };
  return Object.entries(contents).map(([name, content]) => mountedFile(scratch, name, content));
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

import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { isSystemError, readSmallIfExists, TareError } from "../base/index.ts";
import type { RegistryRule, TlsFiles } from "../oci/index.ts";
import type { Environment } from "./auth-file.ts";
import { parseHostsToml } from "./hosts-toml.ts";

/**
 * What the folders for a registry say (containers-certs.d(5), docker's "Understand the configuration", containerd's
 * hosts.md): `HOST/*.crt` are authorities, `HOST/*.cert` with `*.key` say who we are. The files are not read yet.
 * `user-bad-settings` for a certificate without its key.
 */
export function certificateFiles(host: string, environment: Environment): TlsFiles {
  const found = hostFolders(host, environment).flatMap((folder) =>
    namesIn(folder).map((name) => join(folder, name)),
  );
  const names = new Set(found);
  return {
    authorities: found.filter((path) => path.endsWith(".crt")),
    clients: found.flatMap((certificate) => {
      if (!certificate.endsWith(".cert")) return [];
      const key = certificate.replace(/\.cert$/, ".key");
      if (names.has(key)) return [{ certificate, key }];
      throw new TareError(
        "user-bad-settings",
        `the key of ${certificate} is missing: there is no ${basename(key)}`,
        {
          hint: "put it beside the certificate; the certificate of an authority ends in .crt",
        },
      );
    }),
  };
}

/** The rule that a `hosts.toml` of a registry comes to; undefined where there is none. `user-bad-settings`. */
export async function hostsTomlRule(
  host: string,
  environment: Environment,
): Promise<RegistryRule | undefined> {
  for (const folder of [...hostFolders(host, environment), ...hostFolders("_default", environment)]) {
    const path = join(folder, "hosts.toml");
    const text = readSmallIfExists(path)?.toString("utf8");
    if (text !== undefined) return parseHostsToml(text, { host, path });
  }
  return undefined;
}

/** One's own folders count before the system's. */
function hostFolders(host: string, environment: Environment): readonly string[] {
  const home = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), ".config");
  const names = [host, host.replace(/:(\d+)$/, "_$1_"), ...(/:\d+$/.test(host) ? [] : [`${host}:443`])];
  const roots = [home, "/etc"].flatMap((root) =>
    ["containers", "docker", "containerd"].map((tool) => join(root, tool, "certs.d")),
  );
  return roots.flatMap((root) => [...new Set(names)].map((name) => join(root, name)));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

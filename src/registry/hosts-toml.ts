import { dirname, resolve } from "node:path";
import { TareError } from "../base/index.ts";
import type { MirrorRule, RegistryRule, TlsFiles } from "../oci/index.ts";
import { namedTablesIn, parseToml, type TomlTable, textIn } from "./toml.ts";

interface HostsFile {
  readonly host: string;
  readonly path: string;
}

/**
 * A `hosts.toml` as containerd has it (docs/hosts.md, "hosts.toml Content Description"): the hosts in the order of the
 * file are mirrors, `server` is where the registry itself is. Pushes go to the first host that says it takes them, else to
 * the registry itself. `user-bad-settings`.
 */
export async function parseHostsToml(text: string, file: HostsFile): Promise<RegistryRule> {
  const table = await parseToml(text, file.path);
  const hosts = namedTablesIn(table, { key: "host", path: file.path });
  const server = textIn(table, { key: "server", path: file.path });
  const own = server === undefined ? undefined : placeOf(server, table, file);
  const elsewhere = own && own.location !== file.host ? [{ ...own, takesPushes: true }] : [];
  return {
    prefix: file.host,
    insecure: table.skip_verify === true,
    blocked: false,
    mirrors: [...hosts.flatMap(([address, host]) => mirrorOf(address, host, file)), ...elsewhere],
    onlyMirrors: elsewhere.length > 0,
    tls: tlsOf(table, file),
    source: file.path,
  };
}

/** None for a host that is of no use. Who says nothing may be read from; pushes are only for who says so. */
function mirrorOf(address: string, table: TomlTable, file: HostsFile): readonly MirrorRule[] {
  const { capabilities } = table;
  const able = Array.isArray(capabilities) && capabilities.length > 0 ? capabilities : ["pull", "resolve"];
  const takesPushes = able.includes("push");
  if (!able.includes("pull") && !takesPushes) return [];
  const namespace = file.host;
  const resolves = able.includes("resolve") ? "all" : "digest-only";
  const use = able.includes("pull") ? resolves : "none";
  return [{ ...placeOf(address, table, file), use, namespace, takesPushes }];
}

function placeOf(address: string, table: TomlTable, file: HostsFile): MirrorRule {
  const text = address.includes("://") ? address : `https://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = /^(https?):$/.exec(url?.protocol ?? "")?.[1] as MirrorRule["scheme"];
  if (!url || !scheme)
    throw new TareError(
      "user-bad-settings",
      `${file.path}: ${JSON.stringify(address)} is no address of a host`,
      {
        hint: 'write it as "https://mirror.example.com"',
      },
    );
  const path = url.pathname.replace(/\/+$/, "");
  return {
    location: url.host,
    scheme,
    api: table.override_path === true ? path : `${path.replace(/\/v2$/, "")}/v2`,
    insecure: table.skip_verify === true,
    use: "all",
    headers: headersOf(table),
    tls: tlsOf(table, file),
  };
}

function headersOf({ header }: TomlTable): Readonly<Record<string, string>> {
  const entries = Object.entries(typeof header === "object" && header !== null ? header : {});
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(", ") : String(value),
    ]),
  );
}

function tlsOf({ ca, client }: TomlTable, { path }: HostsFile): TlsFiles {
  const whole = (file: unknown) => resolve(dirname(path), String(file));
  return {
    authorities: listOf(ca).map(whole),
    // One file with both, or a pair of files.
    clients: listOf(client).map((one) => {
      const [certificate, key] = listOf(one);
      return { certificate: whole(certificate), key: whole(key || certificate) };
    }),
  };
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

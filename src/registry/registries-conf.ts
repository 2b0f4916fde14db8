import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { isSystemError, readSmallIfExists, TareError } from "../base/index.ts";
import type { MirrorRule, MirrorUse, RegistryRule } from "../oci/index.ts";
import type { Environment } from "./auth-file.ts";
import { namedTablesIn, parseToml, type TomlTable, tablesIn, textIn, textsIn } from "./toml.ts";

/**
 * The rules of podman's and skopeo's files (containers-registries.conf(5), both versions; containers-registries.conf.d(5)):
 * the file of CONTAINERS_REGISTRIES_CONF, else the user's, else the system's, and their drop-ins, of which the last one
 * counts. `user-bad-settings` for a file that can not be read.
 */
export async function readRegistriesConf(environment: Environment): Promise<readonly RegistryRule[]> {
  const rules = new Map<string, RegistryRule>();
  for (const path of registriesConfPaths(environment))
    for (const rule of await rulesIn(path)) rules.set(rule.prefix, rule);
  return [...rules.values()];
}

const SYSTEM = "/etc/containers/registries.conf";

function registriesConfPaths(environment: Environment): readonly string[] {
  const home = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), ".config");
  const user = join(home, "containers/registries.conf");
  const given = environment.CONTAINERS_REGISTRIES_CONF;
  if (!given && readText(user) !== undefined) return [user, ...dropIns(`${user}.d`)];
  return [given || SYSTEM, ...dropIns(`${SYSTEM}.d`), ...dropIns(`${user}.d`)];
}

function dropIns(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".conf"))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    if (isSystemError(error)) return [];
    throw error;
  }
}

/** Most of these files name registries for short names only: then no library is loaded for them. */
const HAS_REGISTRIES = /^\s*(?:\[\[?\s*"?registr(?:y|ies)"?\s*[\].]|registr(?:y|ies)\s*[.=])/m;

/** Lines of TOML that can not be wrong, each complete by itself: names, texts, switches, lists of texts. */
const PLAIN_LINE =
  /^\s*(?:\[\s*[\w.-]+\s*\]|(?:"[^"\\]*"|'[^']*'|[\w-]+)\s*=\s*(?:"[^"\\]*"|'[^']*'|true|false|\d+|\[(?:\s*"[^"\\]*"\s*(?:,|(?=\])))*\s*\]))?\s*(?:#.*)?$/;

function isPlain(text: string): boolean {
  return text.split("\n").every((line) => PLAIN_LINE.test(line));
}

async function rulesIn(path: string): Promise<readonly RegistryRule[]> {
  const text = readText(path) ?? "";
  if (!HAS_REGISTRIES.test(text) && isPlain(text)) return [];
  const file = await parseToml(text, path);
  const tables = tablesIn(file, { key: "registry", path });
  return [...listedRules(file, path), ...tables.map((table) => ruleOf(table, path))];
}

/** Version 1 of the file: lists of those that need no TLS, and of those that are blocked. */
function listedRules(file: TomlTable, path: string): readonly RegistryRule[] {
  const lists = new Map(namedTablesIn(file, { key: "registries", path }));
  const listed = (name: string) =>
    textsIn(lists.get(name) ?? {}, { key: "registries", path }).map((text) => trimmed(text));
  const [insecure, blocked] = [listed("insecure"), listed("block")];
  return [...new Set([...insecure, ...blocked])].map((prefix) => ({
    prefix,
    insecure: insecure.includes(prefix),
    blocked: blocked.includes(prefix),
    mirrors: [],
    source: path,
  }));
}

function ruleOf(table: TomlTable, path: string): RegistryRule {
  const location = textIn(table, { key: "location", path });
  const prefix = trimmed(textIn(table, { key: "prefix", path }) || location || "");
  if (prefix === "")
    throw new TareError("user-bad-settings", `${path}: a registry has neither prefix nor location`, {
      hint: 'give it a location, for example location = "registry.example.com"',
    });
  const digests = table["mirror-by-digest-only"] === true;
  return {
    prefix,
    ...(location && { location: trimmed(location) }),
    insecure: table.insecure === true,
    blocked: table.blocked === true,
    mirrors: tablesIn(table, { key: "mirror", path }).map((mirror) => mirrorOf(mirror, { path, digests })),
    source: path,
  };
}

function mirrorOf(
  table: TomlTable,
  { path, digests }: { readonly path: string; readonly digests: boolean },
): MirrorRule {
  const location = trimmed(textIn(table, { key: "location", path }) ?? "");
  if (location === "") throw new TareError("user-bad-settings", `${path}: a mirror has no location`);
  const use = textIn(table, { key: "pull-from-mirror", path }) || (digests ? "digest-only" : "all");
  const known = USES.find((one) => one === use);
  if (!known)
    throw new TareError("user-bad-settings", `${path}: pull-from-mirror is ${JSON.stringify(use)}`, {
      hint: `write one of ${USES.join(", ")}`,
    });
  return { location, insecure: table.insecure === true, use: known };
}

const USES: readonly MirrorUse[] = ["all", "digest-only", "tag-only"];

function trimmed(location: string): string {
  return location.replace(/\/+$/, "");
}

function readText(path: string): string | undefined {
  try {
    return readSmallIfExists(path)?.toString("utf8");
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new TareError("user-bad-settings", `can not read ${path}: ${cause.message}`, {
      hint: "give yourself the right to read it",
      cause,
    });
  }
}

import { isIP } from "node:net";
import { type BuildRequest, type SecretSource, TareError } from "../api/index.ts";
import type { Parsed } from "./flags.ts";

/** The flags of `build` that say what RUN gets: secrets, agents, network, limits. */
export function stepRequest(
  flags: Parsed,
  env: Readonly<Record<string, string | undefined>>,
): Partial<BuildRequest> {
  const network = flags.string("network");
  const shmSize = flags.string("shm-size");
  return {
    secrets: Object.fromEntries(flags.list("secret").map((text) => parseSecret(text, env))),
    ssh: Object.fromEntries(flags.list("ssh").map(parseAgent)),
    allow: flags
      .list("allow")
      .map(parseEntitlement)
      .filter((allowed) => allowed !== undefined),
    hosts: flags.list("add-host").map(parseHost),
    ulimits: flags.list("ulimit").map(parseLimit),
    noCacheStages: flags.list("no-cache-filter").flatMap((text) => text.split(",")),
    ...(network !== undefined && { network: parseNetwork(network) }),
    ...(shmSize !== undefined && { shmSize: parseBytes("shm-size", shmSize) }),
  };
}

/** `id=NAME[,src=FILE|,env=VARIABLE]`; the id alone is a variable of that name, else a file. */
function parseSecret(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly [string, SecretSource] {
  const fields = new Map(text.split(",").map((field) => splitAt(field, "=")));
  const unknown = [...fields.keys()].find((key) => !["id", "src", "source", "env", "type"].includes(key));
  const id = fields.get("id");
  if (unknown !== undefined || id === undefined || id === "")
    throw bad("secret", text, "write --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE");
  const file = fields.get("src") ?? fields.get("source");
  const variable = fields.get("env");
  if (variable !== undefined) return [id, { env: variable }];
  if (fields.get("type") === "env") return [id, { env: file ?? id }];
  if (file !== undefined) return [id, { file }];
  return [id, env[id] === undefined ? { file: id } : { env: id }];
}

/** `default`, `NAME=SOCKET` or `NAME=KEY[,KEY]`. */
function parseAgent(text: string): readonly [string, readonly string[]] {
  const [id, paths] = splitAt(text, "=");
  return [id, paths.split(",").filter((path) => path !== "")];
}

function parseEntitlement(text: string): "security.insecure" | undefined {
  if (text === "security.insecure") return text;
  // The host's network is what every step has.
  if (text === "network.host") return undefined;
  throw bad("allow", text, "it takes security.insecure and network.host");
}

/** `name:address` or `name=address`, an IPv6 address perhaps in brackets. */
export function parseHost(text: string): string {
  const [name, address] = splitAt(text, text.includes("=") ? "=" : ":");
  const plain = address.replace(/^\[(.*)\]$/, "$1");
  if (name !== "" && isIP(plain) !== 0) return `${name}=${plain}`;
  const own = address === "host-gateway";
  throw bad(
    "add-host",
    text,
    own ? `write ${name}:127.0.0.1, unless the network is private` : "write --add-host NAME:ADDRESS",
  );
}

const LIMITS =
  "as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  );

/** `name=soft[:hard]`, -1 for no limit. */
export function parseLimit(text: string): string {
  const [name, values] = splitAt(text, "=");
  if (LIMITS.includes(name) && /^(-1|\d+)(:(-1|\d+))?$/.test(values)) return text;
  throw bad("ulimit", text, `write --ulimit nofile=1024:2048; the names are ${LIMITS.join(", ")}`);
}

function parseNetwork(text: string): "host" | "none" | "private" {
  if (text === "default") return "host";
  if (text === "host" || text === "none" || text === "private") return text;
  throw bad("network", text, "it takes default, host, none or private");
}

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `64m`, `1GB`, `100` of a flag: bytes, units by 1024 as in Docker (go-units, RAMInBytes). */
export function parseBytes(flag: string, text: string): number {
  const match = /^(\d+)([bkmg])?b?$/i.exec(text);
  if (match) return Number(match[1]) * (UNITS[(match[2] ?? "b").toLowerCase()] as number);
  throw bad(flag, text, `write --${flag} 64m`);
}

function splitAt(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

function bad(flag: string, text: string, hint: string): TareError {
  return new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --${flag}`, { hint });
}

import { isIP } from "node:net";
import { resolve } from "node:path";
import { checkedName, parseDuration, parseRestart, type RunRequest, TareError } from "../api/index.ts";
import { parseCapability } from "./capability.ts";
import { environmentOf, labelFile } from "./environment-flags.ts";
import type { Parsed } from "./flags.ts";
import { limitsOf } from "./limit-flags.ts";
import { oneOf } from "./one-of.ts";
import { pairs } from "./pairs.ts";
import { platformChoice } from "./platform-flag.ts";
import { parsePorts } from "./port-flag.ts";
import { parseMount, parseTmpfs, parseVolume, type RunMounts } from "./run-mounts.ts";
import { parseBytes, parseHost, parseLimit } from "./step-flags.ts";

type Resolver = NonNullable<RunRequest["resolver"]>;
type Environment = Readonly<Record<string, string | undefined>>;

/** The request of `tare run` as its flags say it. `user-bad-flag` for values that make no sense. */
export function runRequest(flags: Parsed, env: Environment): Omit<RunRequest, "image"> {
  const mounts = mountsOf(flags);
  const tty = flags.boolean("tty");
  return {
    ...mounts,
    volumesFrom: flags.list("volumes-from"),
    env: environmentOf(flags, env),
    detach: flags.boolean("detach"),
    remove: flags.boolean("rm"),
    readonlyRoot: flags.boolean("read-only"),
    init: flags.boolean("init"),
    // Whoever types at a terminal types for the process: there is nobody else to read it.
    interactive: flags.boolean("interactive") || tty,
    tty,
    labels: pairs([...flags.list("label-file").flatMap(labelFile), ...flags.list("label")], () => ""),
    ports: flags.list("publish").flatMap(parsePorts),
    publishAll: flags.boolean("publish-all"),
    exposed: flags.list("expose"),
    resolver: resolverOf(flags),
    groups: flags.list("group-add"),
    noNewPrivileges: flags.list("security-opt").map(securityOption).includes("no-new-privileges"),
    hosts: flags.list("add-host").map(parseHost),
    ulimits: flags.list("ulimit").map(parseLimit),
    capAdd: flags.list("cap-add").map((word) => parseCapability("cap-add", word)),
    capDrop: flags.list("cap-drop").map((word) => parseCapability("cap-drop", word)),
    environment: env,
    ...words(flags),
    ...numbers(flags),
    ...health(flags),
    ...restartOf(flags),
  };
}

function mountsOf(flags: Parsed): RunMounts {
  const all: readonly Partial<RunMounts>[] = [
    ...flags.list("volume").map(parseVolume),
    ...flags.list("mount").map(parseMount),
    ...flags.list("tmpfs").map((text) => ({ tmpfs: [parseTmpfs(text)] })),
  ];
  return {
    volumes: all.flatMap(({ volumes = [] }) => volumes),
    storeVolumes: all.flatMap(({ storeVolumes = [] }) => storeVolumes),
    tmpfs: all.flatMap(({ tmpfs = [] }) => tmpfs),
  };
}

function words(flags: Parsed): Partial<RunRequest> {
  const network = flags.string("network");
  const name = flags.string("name");
  const isolation = flags.string("isolation");
  const plain = ["root", "workdir", "user", "entrypoint", "hostname", "stop-signal"] as const;
  const given = plain.map((flag) => [flag === "stop-signal" ? "stopSignal" : flag, flags.string(flag)]);
  const cidfile = flags.string("cidfile");
  const pull = flags.string("pull");
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== undefined)),
    ...(name !== undefined && { name: checkedName(name) }),
    ...(cidfile !== undefined && { cidfile: resolve(cidfile) }),
    ...platformChoice(flags),
    ...(pull !== undefined && { pull: oneOf("pull", pull, ["missing", "always", "never"]) }),
    ...(network !== undefined && { network: networkNamed(network) }),
    ...(isolation !== undefined && { isolation: oneOf("isolation", isolation, ["auto", "oci", "chroot"]) }),
  };
}

/** Docker's bridge is a network of one's own as well. */
function networkNamed(text: string): "host" | "none" | "private" {
  return text === "bridge" ? "private" : oneOf("network", text, ["host", "none", "private"]);
}

function numbers(flags: Parsed): Partial<RunRequest> {
  const shmSize = flags.string("shm-size");
  const stopTimeout = flags.string("stop-timeout");
  const limits = limitsOf(flags);
  return {
    ...(shmSize !== undefined && { shmSize: parseBytes("shm-size", shmSize) }),
    ...(limits && { limits }),
    ...(stopTimeout !== undefined && { stopTimeout: wholeNumber("stop-timeout", stopTimeout) }),
  };
}

function health(flags: Parsed): Partial<RunRequest> {
  if (flags.boolean("no-healthcheck")) return { health: { Test: ["NONE"] } };
  const time = (flag: string) => {
    const text = flags.string(flag);
    return text === undefined ? undefined : duration(flag, text);
  };
  const command = flags.string("health-cmd");
  const retries = flags.string("health-retries");
  const given = {
    Test: command === undefined ? undefined : ["CMD-SHELL", command],
    Interval: time("health-interval"),
    Timeout: time("health-timeout"),
    StartPeriod: time("health-start-period"),
    StartInterval: time("health-start-interval"),
    Retries: retries === undefined ? undefined : wholeNumber("health-retries", retries),
  };
  const some = Object.entries(given).filter(([, value]) => value !== undefined);
  return some.length === 0 ? {} : { health: Object.fromEntries(some) };
}

function duration(flag: string, text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw bad(flag, text, "write it like 30s or 1m30s", error);
  }
}

function wholeNumber(flag: string, text: string): number {
  if (/^(-1|\d+)$/.test(text)) return Number(text);
  throw bad(flag, text, `write --${flag} 10`);
}

/** `--restart`, as far as what it asks for can be kept: who watches over a container ends with its caller, unless detached. */
function restartOf(flags: Parsed): Pick<RunRequest, "restart"> {
  const text = flags.string("restart");
  const restart = text === undefined ? undefined : parseRestart(text);
  if (restart === undefined || restart.name === "no") return {};
  if (flags.boolean("rm"))
    throw bad("restart", text ?? "", "it can not be used with --rm: leave out one of them");
  if (!flags.boolean("detach"))
    throw bad("restart", text ?? "", "it is for containers in the background: add -d");
  return { restart };
}

/** What `--dns`, `--dns-search` and `--dns-option` say. */
function resolverOf(flags: Parsed): Resolver {
  const servers = flags.list("dns");
  const odd = servers.find((server) => isIP(server) === 0);
  if (odd !== undefined) throw bad("dns", odd, "write the address of a resolver, 9.9.9.9");
  return { servers, search: flags.list("dns-search"), options: flags.list("dns-option") };
}

/** What people write for confinement that this program never sets up is no mistake. */
function securityOption(text: string): string {
  const [name = "", value = "true"] = text.split(/[:=](.*)/s, 2);
  if (name === "no-new-privileges" && ["true", "false"].includes(value)) return value === "true" ? name : "";
  if (["label", "apparmor"].includes(name)) return "";
  throw bad("security-opt", text, "write no-new-privileges; the filter of system calls is always Docker's");
}

function bad(flag: string, text: string, hint: string, cause?: unknown): TareError {
  return new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --${flag}`, {
    hint,
    cause,
  });
}

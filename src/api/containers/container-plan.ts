import { randomBytes } from "node:crypto";
import { constants } from "node:os";
import { posix } from "node:path";
import { defined, TareError } from "../../base/index.ts";
import type { RuntimeConfig } from "../../oci/index.ts";
import type { PublishedPort } from "../../sandbox/index.ts";
import type { OpenedImage } from "../../solver/index.ts";
import type { ContainerRecord, StoredContainer } from "../../store/index.ts";
import { plannedNetwork, portText } from "./container-network.ts";
import { plannedBinds } from "./container-volumes.ts";
import type { PortMapping, RunJob } from "./run-request.ts";

const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** Seconds. */
const STOP_TIMEOUT = 10;

/** What a job and its image come to: facts of the container and of its process. */
export interface ContainerPlan {
  readonly record: ContainerRecord;
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly hostname: string;
  readonly network: "none" | "host" | "private";
  readonly ports: readonly PublishedPort[];
  /** Ports that are passed on to the process by what watches over it. */
  readonly forwarded: readonly PublishedPort[];
  /** What the user has to know. */
  readonly notices: readonly string[];
}

/** Where and when a container is planned. */
export interface PlanFacts {
  readonly image: OpenedImage;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** PATH, for the programs that connect networks. */
  readonly path: string;
  /** Whether who is root here is an ordinary user of this machine. */
  readonly userNamespace: boolean;
  /** Those that there are. */
  readonly containers: readonly StoredContainer[];
  /** Where volumes lie. */
  readonly folderOf: (name: string) => string;
}

/** What a job comes to on this machine. `user-bad-flag` for ports without a network, `exec-not-found` without a command. */
export async function containerPlan(
  job: RunJob,
  { image, name, now, path, userNamespace, containers, folderOf }: PlanFacts,
): Promise<ContainerPlan> {
  const config = image.config.config ?? {};
  const id = randomBytes(32).toString("hex");
  const hostname = job.hostname ?? id.slice(0, 12);
  const { network, published, ports, forwarded, notices } = await plannedNetwork(
    { ...job, ports: [...(job.ports ?? []), ...exposedPorts(job, config)] },
    { path, userNamespace, containers },
  );
  const declared = Object.keys(config.Volumes ?? {});
  const binds = plannedBinds(job, { declared, containers, folderOf });
  const env = environmentOf(job, { config, hostname });
  const cwd = posix.resolve("/", config.WorkingDir ?? "/", job.workdir ?? "");
  const user = job.user ?? config.User ?? "";
  const record: ContainerRecord = {
    id,
    name,
    image: job.image,
    imageId: image.id,
    layers: image.files.layers.map((layer) => layer.id),
    command: commandOf(job, config),
    created: now,
    labels: { ...config.Labels, ...job.labels },
    ports: published.map(portText),
    mounts: binds.map(({ source, volume }) => volume?.name ?? source),
    network,
    detached: job.detach ?? false,
    terminal: job.tty ?? false,
    stopSignal: signalNamed(job.stopSignal ?? config.StopSignal ?? "SIGTERM"),
    stopTimeout: job.stopTimeout ?? STOP_TIMEOUT,
    process: {
      ...{ env, workdir: cwd, user, hostname },
      binds,
      published,
      readonlyRoot: job.readonlyRoot ?? false,
      init: job.init ?? false,
      removed: job.remove ?? false,
      ...defined({ restart: job.restart }),
      capAdd: job.capAdd ?? [],
      capDrop: job.capDrop ?? [],
      limits: job.limits ?? {},
    },
  };
  return {
    record,
    env,
    cwd,
    user,
    hostname,
    network,
    ports,
    forwarded,
    notices,
  };
}

/** Those that are to be published without being named, each at a free port. */
function exposedPorts(job: RunJob, config: RuntimeConfig): readonly PortMapping[] {
  if (!job.publishAll) return [];
  const published = new Set(
    (job.ports ?? []).map(({ containerPort, protocol }) => `${containerPort}/${protocol}`),
  );
  const exposed = [...Object.keys(config.ExposedPorts ?? {}), ...(job.exposed ?? [])].map((text) => {
    const [port, protocol = "tcp"] = text.split("/");
    return `${port}/${protocol}`;
  });
  return [...new Set(exposed)].flatMap((text) => {
    const [port, protocol] = text.split("/");
    if (published.has(text) || (protocol !== "tcp" && protocol !== "udp")) return [];
    return [{ hostPort: 0, containerPort: Number(port), protocol }];
  });
}

/** A signal by name, with or without SIG, or number; `user-bad-flag` for what is none. */
export function signalNamed(text: string): NodeJS.Signals {
  const wanted = text.toUpperCase();
  const names = Object.entries(constants.signals);
  const found = names.find(
    ([name, number]) => name === wanted || name === `SIG${wanted}` || String(number) === wanted,
  );
  if (found) return found[0] as NodeJS.Signals;
  throw new TareError("user-bad-flag", `invalid signal: ${text}`, {
    hint: "write a name such as SIGTERM or HUP, or a number",
  });
}

function commandOf(job: RunJob, config: RuntimeConfig): readonly string[] {
  const replaced = job.entrypoint !== undefined;
  const entrypoint = replaced ? [job.entrypoint].filter((word) => word !== "") : (config.Entrypoint ?? []);
  const given = job.args ?? [];
  const cmd = given.length > 0 || replaced ? given : (config.Cmd ?? []);
  const args = [...entrypoint, ...cmd];
  if (args.length > 0) return args;
  throw new TareError("user-bad-flag", `image ${job.image} has no command to run`, {
    hint: `name one: tare run ${job.image} COMMAND, or set CMD or ENTRYPOINT in the Dockerfile`,
  });
}

/** Later settings of a variable win; PATH, HOSTNAME, and TERM on a terminal, have defaults. */
function environmentOf(
  job: RunJob,
  { config, hostname }: { readonly config: RuntimeConfig; readonly hostname: string },
): readonly string[] {
  const defaults = [DEFAULT_PATH, `HOSTNAME=${hostname}`, ...(job.tty ? ["TERM=xterm"] : [])];
  return mergeEnvironment([...defaults, ...(config.Env ?? []), ...(job.env ?? [])]);
}

/** `K=V` without those that a later one replaces. */
export function mergeEnvironment(pairs: readonly string[]): readonly string[] {
  return [...new Map(pairs.map((pair) => [pair.split("=", 1)[0], pair])).values()];
}

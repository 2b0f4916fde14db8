import type { ContainerDetails } from "../api/index.ts";
import { NO_LIST, omitEmpty, type Struct, type Value } from "./template-values.ts";

type Process = NonNullable<ContainerDetails["record"]["process"]>;

/** Go's time of what has not happened. */
const NEVER = "0001-01-01T00:00:00Z";

/**
 * A container as `docker inspect` shows it (Docker Engine API, "ContainerInspect"): its fields, in its order, but for those
 * that only a daemon or a bridge has. The number of the process on this machine is one of them.
 */
export function containerView({ record, state, status, log }: ContainerDetails): Struct {
  const process = record.process ?? NONE;
  const [path = "", ...args] = record.command;
  return {
    Id: record.id,
    Created: new Date(record.created).toISOString(),
    Path: path,
    Args: args,
    State: stateView({ state, status }),
    Image: record.imageId,
    LogPath: log,
    Name: `/${record.name}`,
    RestartCount: state.restarts ?? 0,
    Driver: "tare",
    Platform: "linux",
    HostConfig: hostView(process, record.network),
    Mounts: process.binds.map(mountView),
    Config: configView(record, process),
    NetworkSettings: { Ports: status === "running" ? portsOf(process) : new Map() },
  };
}

const NONE: Process = {
  ...{
    env: [],
    workdir: "",
    user: "",
    hostname: "",
    binds: [],
    published: [],
    capAdd: [],
    capDrop: [],
    limits: {},
  },
  ...{ readonlyRoot: false, init: false, removed: false },
};

function stateView({ state, status }: Pick<ContainerDetails, "state" | "status">): Struct {
  const view = {
    Status: status,
    Running: status === "running" || status === "restarting",
    Paused: false,
    Restarting: status === "restarting",
    OOMKilled: state.isOutOfMemory ?? false,
    Dead: status === "dead",
    ExitCode: state.exitCode ?? 0,
    Error: state.error ?? "",
    StartedAt: time(state.startedAt),
    FinishedAt: time(state.finishedAt),
    Health: state.health ? healthView(state.health) : null,
  };
  return omitEmpty(view, ["Health"]);
}

function healthView({
  status,
  failingStreak,
  log,
}: NonNullable<ContainerDetails["state"]["health"]>): Struct {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({
      Start: time(start),
      End: time(end),
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

function hostView(process: Process, network: string): Struct {
  const { restart = { name: "no", maximum: 0 } } = process;
  const { cpuShares = 0, cpuset = "", memoryReservation = 0 } = process.limits;
  const { memory = 0, memorySwap = 2 * memory, cpus = 0, pids } = process.limits;
  return {
    Binds: listOr(
      process.binds
        .filter(({ volume }) => !volume?.anonymous)
        .map(
          ({ source, target, readonly, volume }) =>
            `${volume?.name ?? source}:${target}${readonly ? ":ro" : ""}`,
        ),
    ),
    NetworkMode: network,
    PortBindings: portsOf(process),
    RestartPolicy: { Name: restart.name, MaximumRetryCount: restart.maximum },
    AutoRemove: process.removed,
    CapAdd: listOr(process.capAdd),
    CapDrop: listOr(process.capDrop),
    Privileged: false,
    ReadonlyRootfs: process.readonlyRoot,
    Init: process.init,
    Memory: memory,
    MemorySwap: memorySwap,
    MemoryReservation: memoryReservation,
    CpuShares: cpuShares,
    CpusetCpus: cpuset,
    NanoCpus: Math.round(cpus * 1e9),
    PidsLimit: pids ?? null,
  };
}

function mountView({ source, target, readonly, volume }: Process["binds"][number]): Struct {
  const view = {
    Type: volume ? "volume" : "bind",
    Name: volume?.name ?? "",
    Source: source,
    Destination: target,
    Driver: volume ? "local" : "",
    Mode: volume ? "z" : modeOf(readonly),
    RW: !readonly,
    Propagation: volume ? "" : "rprivate",
  };
  return omitEmpty(view, ["Name", "Driver"]);
}

function modeOf(readonly: boolean): string {
  return readonly ? "ro" : "";
}

function configView(
  { image, labels, terminal, stopSignal, stopTimeout }: ContainerDetails["record"],
  process: Process,
): Struct {
  return {
    Hostname: process.hostname,
    User: process.user,
    Tty: terminal,
    Env: process.env,
    Image: image,
    WorkingDir: process.workdir,
    Labels: new Map(Object.entries(labels)),
    StopSignal: stopSignal,
    StopTimeout: stopTimeout,
  };
}

function portsOf({ published }: Process): ReadonlyMap<string, Value> {
  const ports = new Map<string, Value[]>();
  for (const { address = "0.0.0.0", hostPort, containerPort, protocol } of published) {
    const key = `${containerPort}/${protocol}`;
    ports.set(key, [...(ports.get(key) ?? []), { HostIp: address, HostPort: String(hostPort) }]);
  }
  return ports;
}

function listOr(list: readonly string[]): readonly Value[] {
  return list.length > 0 ? list : NO_LIST;
}

function time(at: number | undefined): string {
  return at === undefined ? NEVER : new Date(at).toISOString();
}

/** What the processes of a container may use together. */
export interface Limits {
  /** Bytes. */
  readonly memory?: number;
  /** Bytes of memory and swap together, -1 for no limit; default twice the memory. */
  readonly memorySwap?: number;
  /** Bytes that it is let have when memory gets scarce. */
  readonly memoryReservation?: number;
  /** Processors' time, 1.5 is one and a half. */
  readonly cpus?: number;
  /** Its part of the processors' time beside others that want some: 1024 is everybody's, twice as much is twice the part. */
  readonly cpuShares?: number;
  /** The processors that it may use, `0-2,7`. */
  readonly cpuset?: string;
  /** Processes and threads; -1 for no limit. */
  readonly pids?: number;
}

/** A file of a cgroup, and what to write to it. */
export interface LimitFile {
  readonly controller: string;
  readonly file: string;
  readonly value: string;
  /** Not every kernel has it. */
  readonly optional?: boolean;
  /** As the group around it has it, instead of `value`. */
  readonly isInherited?: boolean;
}

/** Microseconds, Docker's. */
const PERIOD = 100_000;

/** The controllers that limits need. */
export function controllersOf(limits: Limits): readonly string[] {
  const { memory, memoryReservation, cpus, cpuShares, cpuset, pids } = limits;
  const wanted = { memory: memory ?? memoryReservation, cpu: cpus ?? cpuShares, cpuset, pids };
  return Object.entries(wanted).flatMap(([name, limit]) => (limit === undefined ? [] : [name]));
}

/** What limits come to in either version of cgroups, in the order in which it has to be written. */
export function limitFiles(limits: Limits, version: 1 | 2): readonly LimitFile[] {
  return [
    ...memoryFiles(limits, version),
    ...reservationFiles(limits, version),
    ...processorFiles(limits, version),
    ...shareFiles(limits, version),
    ...setFiles(limits, version),
    ...processFiles(limits),
  ];
}

/** Version 2 counts swap alone, version 1 both together. */
function memoryFiles({ memory, memorySwap }: Limits, version: 1 | 2): readonly LimitFile[] {
  if (memory === undefined) return [];
  const both = memorySwap ?? 2 * memory;
  const file = (name: string, value: number | string) =>
    ({ controller: "memory", file: name, value: String(value) }) as const;
  if (version === 2)
    return [
      file("memory.max", memory),
      { ...file("memory.swap.max", both < 0 ? "max" : both - memory), optional: true },
    ];
  return [
    file("memory.limit_in_bytes", memory),
    { ...file("memory.memsw.limit_in_bytes", both), optional: true },
  ];
}

function reservationFiles({ memoryReservation }: Limits, version: 1 | 2): readonly LimitFile[] {
  if (memoryReservation === undefined) return [];
  const file = version === 2 ? "memory.low" : "memory.soft_limit_in_bytes";
  return [{ controller: "memory", file, value: String(memoryReservation) }];
}

/** Version 2 has weights from 1 to 10000 instead of shares from 2 to 262144; converted as runc does. */
function shareFiles({ cpuShares }: Limits, version: 1 | 2): readonly LimitFile[] {
  if (cpuShares === undefined) return [];
  const shares = Math.min(Math.max(cpuShares, 2), 262_144);
  const weight = 1 + Math.floor(((shares - 2) * 9999) / 262_142);
  return version === 2
    ? [{ controller: "cpu", file: "cpu.weight", value: String(weight) }]
    : [{ controller: "cpu", file: "cpu.shares", value: String(shares) }];
}

/** In version 1 nothing can enter a group that has not been told of its memory as well. */
function setFiles({ cpuset }: Limits, version: 1 | 2): readonly LimitFile[] {
  if (cpuset === undefined) return [];
  const controller = "cpuset";
  const memory = { controller, file: "cpuset.mems", value: "", isInherited: true };
  return [{ controller, file: "cpuset.cpus", value: cpuset }, ...(version === 1 ? [memory] : [])];
}

function processorFiles({ cpus }: Limits, version: 1 | 2): readonly LimitFile[] {
  if (cpus === undefined) return [];
  const quota = Math.round(cpus * PERIOD);
  const files =
    version === 2
      ? [["cpu.max", `${quota} ${PERIOD}`]]
      : [
          ["cpu.cfs_period_us", `${PERIOD}`],
          ["cpu.cfs_quota_us", `${quota}`],
        ];
  return files.map(([file = "", value = ""]) => ({ controller: "cpu", file, value }));
}

function processFiles({ pids }: Limits): readonly LimitFile[] {
  if (pids === undefined) return [];
  return [{ controller: "pids", file: "pids.max", value: pids < 0 ? "max" : String(pids) }];
}

/** What the processes of a container may use together. */
export interface Limits {
  /** Bytes. */
  readonly memory?: number;
  /** Bytes of memory and swap together, -1 for no limit; default twice the memory. */
  readonly memorySwap?: number;
  /** Processors' time, 1.5 is one and a half. */
  readonly cpus?: number;
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
}

/** Microseconds, Docker's. */
const PERIOD = 100_000;

/** The controllers that limits need. */
export function controllersOf({ memory, cpus, pids }: Limits): readonly string[] {
  const wanted = { memory, cpu: cpus, pids };
  return Object.entries(wanted).flatMap(([name, limit]) => (limit === undefined ? [] : [name]));
}

/** What limits come to in either version of cgroups, in the order in which it has to be written. */
export function limitFiles(limits: Limits, version: 1 | 2): readonly LimitFile[] {
  return [...memoryFiles(limits, version), ...processorFiles(limits, version), ...processFiles(limits)];
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

import { type RunRequest, TareError } from "../api/index.ts";
import type { Parsed } from "./flags.ts";
import { parseBytes } from "./step-flags.ts";

type Limits = NonNullable<RunRequest["limits"]>;

/** Docker's: the kernel needs some memory to start a process at all. */
const LEAST_MEMORY = 6 << 20;
/** Processors; the kernel takes no less than a hundredth of its period. */
const LEAST_CPUS = 0.01;

/** The limits that flags ask for; undefined without any. 0 is no limit, as in docker. */
export function limitsOf(flags: Parsed): Limits | undefined {
  const memory = memoryLimit(flags.string("memory"));
  const memorySwap = swapLimit(flags.string("memory-swap"), memory);
  const memoryReservation = reservation(flags.string("memory-reservation"), memory);
  const cpus = quotaLimit(flags) ?? processorLimit(flags.string("cpus"));
  const cpuShares = shares(flags.string("cpu-shares"));
  const cpuset = processorSet(flags.string("cpuset-cpus"));
  const pids = processLimit(flags.string("pids-limit"));
  const all = { memory, memorySwap, memoryReservation, cpus, cpuShares, cpuset, pids };
  const given = Object.entries(all).filter(([, limit]) => limit !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function memoryLimit(text: string | undefined): number | undefined {
  const bytes = text === undefined ? 0 : parseBytes("memory", text);
  if (bytes === 0) return undefined;
  if (bytes < LEAST_MEMORY) throw bad("memory", text, "the least that a container can have is 6m");
  return bytes;
}

function swapLimit(text: string | undefined, memory: number | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = text === "-1" ? -1 : parseBytes("memory-swap", text);
  if (bytes === 0) return undefined;
  if (memory === undefined) throw bad("memory-swap", text, "it needs --memory as well");
  if (bytes > 0 && bytes < memory)
    throw bad("memory-swap", text, "it is memory and swap together, so no less than --memory");
  return bytes;
}

function reservation(text: string | undefined, memory: number | undefined): number | undefined {
  const bytes = text === undefined ? 0 : parseBytes("memory-reservation", text);
  if (bytes === 0) return undefined;
  if (bytes < LEAST_MEMORY)
    throw bad("memory-reservation", text, "the least that a container can have is 6m");
  if (memory !== undefined && bytes > memory)
    throw bad("memory-reservation", text, "it is a part of --memory, so no more than that");
  return bytes;
}

/** Microseconds of a period, 100 milliseconds long unless it is said: as much as `--cpus` of their ratio. */
function quotaLimit(flags: Parsed): number | undefined {
  const numbers = (["cpu-quota", "cpu-period"] as const).map((flag) => wholeNumber(flag, flags.string(flag)));
  const [quota = 0, period = 0] = numbers;
  if (quota <= 0) return undefined;
  if (flags.string("cpus") !== undefined)
    throw bad("cpu-quota", String(quota), "it can not be used with --cpus: leave out one of them");
  const cpus = quota / (period || 100_000);
  if (cpus < LEAST_CPUS) throw bad("cpu-quota", String(quota), "the least is a hundredth of --cpu-period");
  return cpus;
}

function shares(text: string | undefined): number | undefined {
  return wholeNumber("cpu-shares", text) || undefined;
}

function wholeNumber(flag: string, text = "0"): number {
  if (/^(-1|\d+)$/.test(text)) return Number(text);
  throw bad(flag, text, `write --${flag} 1024`);
}

function processorSet(text = ""): string | undefined {
  if (text !== "" && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text))
    throw bad("cpuset-cpus", text, "write --cpuset-cpus 0-2,7");
  return text || undefined;
}

function processorLimit(text: string | undefined): number | undefined {
  const cpus = text === undefined ? 0 : Number(text);
  if (cpus === 0) return undefined;
  if (!/^\d*\.?\d+$/.test(text ?? "") || cpus < LEAST_CPUS)
    throw bad("cpus", text, "write --cpus 1.5; the least is 0.01");
  return cpus;
}

function processLimit(text: string | undefined): number | undefined {
  if (text === undefined || text === "0") return undefined;
  if (!/^(-1|\d+)$/.test(text)) throw bad("pids-limit", text, "write --pids-limit 100, or -1 for no limit");
  return Number(text);
}

function bad(flag: string, text: string | undefined, hint: string): TareError {
  return new TareError("user-bad-flag", `invalid value ${JSON.stringify(text)} for --${flag}`, { hint });
}

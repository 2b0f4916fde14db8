import { type RunRequest, TareError } from "../api/index.ts";
import type { Parsed } from "./flags.ts";
import { parseBytes } from "./step-flags.ts";

type Limits = NonNullable<RunRequest["limits"]>;

/** Docker's: the kernel needs some memory to start a process at all. */
const LEAST_MEMORY = 6 << 20;
/** Processors; the kernel takes no less than a hundredth of its period. */
const LEAST_CPUS = 0.01;

/** `--memory`, `--memory-swap`, `--cpus` and `--pids-limit`; undefined without any. 0 is no limit, as in docker. */
export function limitsOf(flags: Parsed): Limits | undefined {
  const memory = memoryLimit(flags.string("memory"));
  const memorySwap = swapLimit(flags.string("memory-swap"), memory);
  const cpus = processorLimit(flags.string("cpus"));
  const pids = processLimit(flags.string("pids-limit"));
  const given = Object.entries({ memory, memorySwap, cpus, pids }).filter(([, limit]) => limit !== undefined);
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

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contender } from "./contenders.ts";

export interface Measurement {
  readonly who: string;
  /** Of several measurements of one scenario, which. */
  readonly what?: string;
  readonly seconds: number;
  /** Peak memory of the process that was started, and of those that it waited for. */
  readonly megabytes?: number;
}

export interface Bench {
  readonly work: string;
  readonly others: readonly Contender[];
}

const TARE = join(import.meta.dirname, "../bin/tare");

export function store(work: string): string {
  return join(work, "store");
}

export function folder(work: string, name: string, dockerfile: string): string {
  const path = join(work, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "Dockerfile"), dockerfile);
  return path;
}

export function tare(root: string, args: readonly string[]): Measurement {
  return measured("tare", [TARE, ...args], { ...process.env, TARE_ROOT: root });
}

/** Of an odd number of times. */
export function median(measure: () => Measurement, times = 9): Measurement {
  return middle(Array.from({ length: times }, measure));
}

/** Of an odd number of measurements the one that as many are slower as faster than. */
export function middle(results: readonly Measurement[]): Measurement {
  return results.toSorted((a, b) => a.seconds - b.seconds)[(results.length - 1) / 2] as Measurement;
}

/** Runs to the end; time(1), where it is there, tells the memory. */
export function measured(who: string, command: readonly string[], env: NodeJS.ProcessEnv): Measurement {
  const timed = existsSync("/usr/bin/time") ? ["/usr/bin/time", "-f", "peak %M"] : [];
  const [program = "", ...args] = [...timed, ...command];
  const start = performance.now();
  const { status, stderr } = spawnSync(program, args, {
    env,
    encoding: "utf8",
    stdio: ["ignore", "ignore", "pipe"],
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${command.join(" ")} failed:\n${stderr}`);
  const peak = /^peak (\d+)$/m.exec(stderr)?.[1];
  return { who, seconds, ...(peak !== undefined && { megabytes: Math.round(Number(peak) / 1024) }) };
}

import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { lazyAsync } from "../base/index.ts";
import type { Healthcheck } from "../oci/index.ts";
import { killTree } from "../sandbox/index.ts";
import type { ContainerHealth, HealthResult } from "../store/index.ts";

/** Docker's defaults, milliseconds. */
const INTERVAL = 30_000;
const TIMEOUT = 30_000;
const START_INTERVAL = 5_000;
const RETRIES = 3;
/** What is kept of checks: how many, and how much of what each wrote. */
const KEPT = 5;
const OUTPUT = 4096;

export interface HealthTools {
  /** The command that runs a check in the container, again and again. */
  readonly command: (args: readonly string[]) => Promise<readonly string[]>;
  readonly report: (health: ContainerHealth) => void;
  readonly now: () => number;
}

/** The words of a check; undefined for none (Docker's `HEALTHCHECK NONE`). */
export function checkCommand({ Test = [] }: Partial<Healthcheck>): readonly string[] | undefined {
  const [kind, ...words] = Test;
  if (kind === "CMD" && words.length > 0) return words;
  return kind === "CMD-SHELL" && words.length > 0 ? ["/bin/sh", "-c", ...words] : undefined;
}

/** Checks a container again and again until `signal` is aborted. Failures in the start period do not count. */
export async function watchHealth(
  check: Partial<Healthcheck>,
  tools: HealthTools,
  signal: AbortSignal,
): Promise<void> {
  const args = checkCommand(check);
  if (args === undefined) return;
  const started = tools.now();
  let health: ContainerHealth = { status: "starting", failingStreak: 0, log: [] };
  const command = lazyAsync(() => tools.command(args));
  const retries = check.Retries || RETRIES;
  /** What can not be told counts as a failure, and is told with the next check. */
  const report = (isStarting: boolean) => {
    try {
      tools.report(health);
    } catch (error) {
      health = nextHealth(health, failedResult(error, tools.now()), { retries, isStarting });
    }
  };
  report(true);
  for (;;) {
    const isStarting =
      health.status === "starting" && tools.now() - started < milliseconds(check.StartPeriod, 0);
    const startPause = milliseconds(check.StartInterval, START_INTERVAL);
    const pause = isStarting ? startPause : milliseconds(check.Interval, INTERVAL);
    await sleep(pause, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const limits = { timeout: milliseconds(check.Timeout, TIMEOUT), now: tools.now };
    const result = await command()
      .then((words) => runCheck(words, limits))
      .catch((error: unknown) => failedResult(error, tools.now()));
    if (signal.aborted) return;
    health = nextHealth(health, result, { retries, isStarting });
    report(isStarting);
  }
}

/** What one more check makes of a container's health. */
export function nextHealth(
  { status, failingStreak, log }: ContainerHealth,
  result: HealthResult,
  { retries, isStarting }: { readonly retries: number; readonly isStarting: boolean },
): ContainerHealth {
  const kept = [...log, result].slice(-KEPT);
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log: kept };
  if (isStarting) return { status, failingStreak, log: kept };
  const failures = failingStreak + 1;
  return { status: failures >= retries ? "unhealthy" : status, failingStreak: failures, log: kept };
}

function milliseconds(nanoseconds: number | undefined, standard: number): number {
  return nanoseconds ? nanoseconds / 1e6 : standard;
}

/** Of a check that could not be made, or told. */
function failedResult(error: unknown, now: number): HealthResult {
  return {
    start: now,
    end: now,
    exitCode: -1,
    output: error instanceof Error ? error.message : String(error),
  };
}

function runCheck(
  [program = "", ...args]: readonly string[],
  { timeout, now }: { readonly timeout: number; readonly now: () => number },
): Promise<HealthResult> {
  const start = now();
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  const late = setTimeout(() => killTree(child.pid), timeout);
  let output = "";
  const add = (chunk: Buffer) => {
    if (output.length < OUTPUT) output = (output + chunk.toString("utf8")).slice(0, OUTPUT);
  };
  child.stdout.on("data", add);
  child.stderr.on("data", add);
  return new Promise((resolve) => {
    const done = (code: number | null) => {
      clearTimeout(late);
      resolve({ start, end: now(), exitCode: code ?? -1, output });
    };
    child.on("error", () => done(-1)).on("exit", done);
  });
}

import { readFileSync, readlinkSync } from "node:fs";
import { readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { diskError, isSystemError, uniqueName } from "../base/index.ts";

/**
 * A lease says: this process uses the store. It is a file that its owner touches every few seconds, with
 * enough in it to see whether the owner lives. File locks would say the same, but cost a fully cached build
 * a third of its time for loading the system-call library.
 */
export interface Lease extends AsyncDisposable {}

interface LeaseFacts {
  readonly pid: number;
  /** Start time of the process in clock ticks (proc(5), stat, field 22): a pid alone may be used again. */
  readonly start: string;
  /** The pid namespace: pids of another one mean nothing here. */
  readonly namespace: string;
  readonly what: string;
}

/** Who uses the store. */
export interface Holder {
  readonly pid: number;
  readonly what: string;
}

const HEARTBEAT = 5_000;
/** A lease of another pid namespace that was not touched for so long has lost its owner. */
const STALE = 20_000;

export async function takeLease(folder: string, what: string): Promise<Lease> {
  const path = join(folder, `${uniqueName()}.json`);
  try {
    await writeFile(path, JSON.stringify({ ...ownFacts(), what } satisfies LeaseFacts), { flag: "wx" });
  } catch (error) {
    throw diskError(error, folder);
  }
  const timer = setInterval(() => void touch(path), HEARTBEAT).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await rm(path, { force: true });
    },
  };
}

/** The living holders; leases of dead ones are removed on the way. */
export async function holders(folder: string): Promise<readonly Holder[]> {
  const found: Holder[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const facts = readFacts(path);
    if (facts && (await isAlive(facts, path))) found.push({ pid: facts.pid, what: facts.what });
    else await rm(path, { force: true });
  }
  return found;
}

async function isAlive(facts: LeaseFacts, path: string): Promise<boolean> {
  if (facts.namespace === ownFacts().namespace) return startOf(facts.pid) === facts.start;
  try {
    return Date.now() - (await stat(path)).mtimeMs < STALE;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
}

function ownFacts(): Omit<LeaseFacts, "what"> {
  const stat = readFileSync("/proc/self/stat", "utf8");
  return {
    pid: Number.parseInt(stat, 10),
    start: startIn(stat),
    namespace: readlinkSync("/proc/self/ns/pid"),
  };
}

function startOf(pid: number): string | undefined {
  try {
    return startIn(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** The name in parentheses may hold anything, so fields are counted after the last one. */
function startIn(stat: string): string {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

function readFacts(path: string): LeaseFacts | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as LeaseFacts;
  } catch {
    return undefined;
  }
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

import { readFileSync, readlinkSync } from "node:fs";
import { readdir, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { kill } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { diskError, isSystemError, TareError, uniqueName } from "../base/index.ts";
import { bootId } from "./layer-record.ts";

/**
 * A lease says: this process uses the store. It is a file that its owner touches every few seconds, with
 * enough in it to see whether the owner lives. File locks would say the same, but cost a fully cached build
 * a third of its time for loading the system-call library.
 *
 * Whoever wants a lease writes it first and then looks for those that are against it, so of two that come
 * at the same moment at least one sees the other: prune gives up, everybody else waits for prune.
 */
export interface Lease extends AsyncDisposable {}

interface LeaseFacts {
  readonly pid: number;
  /** Start time of the process in clock ticks (proc(5), stat, field 22): a pid alone may be used again. */
  readonly start: string;
  /** The pid namespace: pids of another one mean nothing here. */
  readonly namespace: string;
  /** The boot of the machine: the first namespace of every machine has the same name. */
  readonly boot: string;
  readonly what: string;
}

/** Who uses the store. */
export interface Holder {
  readonly pid: number;
  readonly what: string;
}

const HEARTBEAT = 5_000;
/** A lease of another pid namespace or machine that was not touched for so long has lost its owner. */
const STALE = 20_000;
/** How long to wait for a prune to end. */
const PATIENCE = 120_000;
const SHARED = ".json";
const EXCLUSIVE = ".prune.json";

/** A lease beside others. Waits while the store is pruned; `user-conflict` when that does not end. */
export async function takeLease(folder: string, what: string): Promise<Lease> {
  const { lease } = await write(folder, { what, ending: SHARED });
  for (const start = Date.now(); ; await sleep(20)) {
    const pruner = await firstHolder(folder, { ending: EXCLUSIVE });
    if (!pruner) return lease;
    if (Date.now() - start < PATIENCE) continue;
    await lease[Symbol.asyncDispose]();
    throw inUse(pruner);
  }
}

/** The lease that bears no other: `user-conflict`, naming the holder, when anybody uses the store. */
export async function takeOnlyLease(folder: string, what: string): Promise<Lease> {
  const { lease, name } = await write(folder, { what, ending: EXCLUSIVE });
  const holder = await firstHolder(folder, { except: name });
  if (!holder) return lease;
  await lease[Symbol.asyncDispose]();
  throw inUse(holder);
}

/** Refuses (`user-conflict`) when anybody uses the store at this moment. */
export async function refuseWhileInUse(folder: string): Promise<void> {
  const holder = await firstHolder(folder, {});
  if (holder) throw inUse(holder);
}

/**
 * Removes the leases of processes of this pid namespace that have ended. Others in it see that for themselves; a process
 * of another namespace, as the engine is, would have to wait until they are stale.
 */
export async function removeDeadLeases(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const facts = name.endsWith(SHARED) ? readFacts(path) : undefined;
    if (facts && lifeOf(facts) === "ended") await rm(path, { force: true });
  }
}

function inUse({ what, pid }: Holder): TareError {
  return new TareError("user-conflict", `the store is in use by ${what} (process ${pid})`, {
    hint: "wait until it has ended; after a kill it may take 20 seconds until that is certain",
  });
}

/** The file appears with its content, so that nobody takes a lease that is being written for a damaged one. */
async function write(
  folder: string,
  { what, ending }: { readonly what: string; readonly ending: string },
): Promise<{ readonly lease: Lease; readonly name: string }> {
  const name = uniqueName() + ending;
  const path = join(folder, name);
  try {
    await writeFile(`${path}.draft`, JSON.stringify({ ...ownFacts(), what } satisfies LeaseFacts));
    await rename(`${path}.draft`, path);
  } catch (error) {
    await rm(`${path}.draft`, { force: true });
    throw diskError(error, folder);
  }
  const timer = setInterval(() => void touch(path), HEARTBEAT).unref();
  return {
    name,
    lease: {
      async [Symbol.asyncDispose]() {
        clearInterval(timer);
        await rm(path, { force: true });
      },
    },
  };
}

/** A living holder, or undefined; leases of dead ones are removed on the way. */
async function firstHolder(
  folder: string,
  { ending = "", except }: { readonly ending?: string; readonly except?: string },
): Promise<Holder | undefined> {
  for (const name of await readdir(folder)) {
    if (name === except || !name.endsWith(ending)) continue;
    const path = join(folder, name);
    const facts = name.endsWith(SHARED) ? readFacts(path) : undefined;
    if (facts && (await isAlive(facts, path))) return { pid: facts.pid, what: facts.what };
    if (facts || !(await isFresh(path))) await rm(path, { force: true });
  }
  return undefined;
}

async function isAlive(facts: LeaseFacts, path: string): Promise<boolean> {
  const life = lifeOf(facts);
  return life === "unknown" ? isFresh(path) : life === "lives";
}

/** Whether the process of a lease lives, as far as that can be seen from here. */
function lifeOf({ pid, start, namespace, boot }: LeaseFacts): "lives" | "ended" | "unknown" {
  const own = ownFacts();
  if (namespace !== own.namespace || boot !== own.boot) return "unknown";
  const stat = statOf(pid);
  if (stat === undefined) return isThere(pid) ? "unknown" : "ended";
  // A process that has ended, but was not waited for, does not live.
  return fieldsOf(stat)[0] !== "Z" && startIn(stat) === start ? "lives" : "ended";
}

async function isFresh(path: string): Promise<boolean> {
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
    boot: bootId(),
  };
}

function statOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
}

/** Another user's process may be hidden in /proc (proc(5), hidepid), but not from kill(2). */
function isThere(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return !isSystemError(error, "ESRCH");
  }
}

function startIn(stat: string): string {
  return fieldsOf(stat)[19] ?? "";
}

/** The name in parentheses may hold anything, so fields are counted after the last one. */
function fieldsOf(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function readFacts(path: string): LeaseFacts | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isLeaseFacts(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLeaseFacts(value: unknown): value is LeaseFacts {
  const { pid, start, namespace, boot, what } = (value ?? {}) as Partial<LeaseFacts>;
  const isProcess = Number.isInteger(pid) && (pid as number) > 0;
  return isProcess && [start, namespace, boot, what].every((text) => typeof text === "string");
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => {});
}

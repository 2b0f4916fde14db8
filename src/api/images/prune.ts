import { userInfo } from "node:os";
import { defined } from "../../base/index.ts";
import { removeCgroups } from "../../sandbox/index.ts";
import { openStore, type PruneOptions, type PruneReport } from "../../store/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

/** What `prune` is asked for. */
export interface PruneRequest extends StoreChoice, Partial<PruneOptions> {}

/** A prune request made plain, so that it can cross to the engine. */
export interface PruneJob extends PruneOptions {
  readonly root: string;
  readonly userNamespace: boolean;
}

/**
 * Removes what the store does not need: leftovers of dead builds, images without a name, cached steps and
 * their layers. Never anything that a running build uses (`user-conflict`). An ordinary user's layers hold
 * files of mapped users, which only the engine can remove.
 */
export async function pruneStore(
  { all = false, dryRun = false, until, keepStorage, labels, volumes, ...choice }: PruneRequest = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<PruneReport> {
  await removeLeftCgroups(storeFolder(choice));
  const job = { root: storeFolder(choice), all, dryRun, ...defined({ until, keepStorage, labels, volumes }) };
  if (userInfo().uid === 0) return runPrune({ ...job, userNamespace: false });
  await (await openStore(job.root)).forgetDead();
  const params: PruneJob = { ...job, userNamespace: true };
  return (await (
    await import("../../engine/index.ts")
  ).callEngine({ method: "prune", params }, { emit: () => {} }, signal)) as PruneReport;
}

/** Those of containers that were killed with what watched over them. */
async function removeLeftCgroups(root: string): Promise<void> {
  const dead = (await openStore(root)).containers.list().filter(({ alive }) => !alive);
  for (const { record } of dead) removeCgroups(record.cgroups ?? []);
}

/** The same in this process. */
export async function runPrune({ root, userNamespace, ...options }: PruneJob): Promise<PruneReport> {
  const store = await openStore(root, { userNamespace });
  return store.prune(options);
}

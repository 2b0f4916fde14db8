import { userInfo } from "node:os";
import { openStore, type PruneReport } from "../store/index.ts";
import { type StoreChoice, storeFolder } from "./store-choice.ts";

/** What `prune` is asked for. */
export interface PruneRequest extends StoreChoice {
  /** Also the build cache and the downloaded packages. Images with a name always stay. */
  readonly all?: boolean;
  /** Tell what would go, and keep it. */
  readonly dryRun?: boolean;
}

/** A prune request made plain, so that it can cross to the engine. */
export interface PruneJob {
  readonly root: string;
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly userNamespace: boolean;
}

/**
 * Removes what the store does not need: leftovers of dead builds, images without a name, cached steps and
 * their layers. Never anything that a running build uses (`user-conflict`). An ordinary user's layers hold
 * files of mapped users, which only the engine can remove.
 */
export async function pruneStore(
  request: PruneRequest = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<PruneReport> {
  const job = { root: storeFolder(request), all: request.all ?? false, dryRun: request.dryRun ?? false };
  if (userInfo().uid === 0) return runPrune({ ...job, userNamespace: false });
  await (await openStore(job.root)).forgetDead();
  const params: PruneJob = { ...job, userNamespace: true };
  return (await (
    await import("../engine/index.ts")
  ).callEngine({ method: "prune", params }, { emit: () => {} }, signal)) as PruneReport;
}

/** The same in this process. */
export async function runPrune(job: PruneJob): Promise<PruneReport> {
  const store = await openStore(job.root, { userNamespace: job.userNamespace });
  return store.prune({ all: job.all, dryRun: job.dryRun });
}

import type { Digest } from "../base/index.ts";
import type { Made } from "./operation.ts";
import { type CacheKey, findAlias, findResult, saveAlias, saveResult } from "./record.ts";
import type { SolveRequest } from "./session.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * Results of builds elsewhere, which are asked for when the store has none. Only records are at hand: a layer is
 * fetched when somebody reads it, and that fails with an error of which `isLoss` is true. From then on the results
 * that need the layer are not there.
 */
export interface ImportedCache {
  result(key: Digest): Snapshot | undefined;
  /** The key by content that a key by definitions has led to elsewhere. */
  alias(byDefinition: CacheKey): CacheKey | undefined;
  /** Whether a snapshot is one of these results. */
  has(snapshot: Snapshot): boolean;
  /** Where a result comes from, for people. */
  titleOf(snapshot: Snapshot): string;
  isLoss(error: unknown): boolean;
  /** Whether the layers of one of these results are here or can be left where they are; one that is gone is a loss. */
  stays(snapshot: Snapshot): Promise<boolean>;
}

type Caches = Pick<SolveRequest, "store" | "imported">;

/** A result of the store, else one of elsewhere, whose layers may still have to be fetched. */
export async function findAnyResult(
  { store, imported }: Caches,
  { digest }: CacheKey,
): Promise<Snapshot | undefined> {
  return (await findResult(store, digest)) ?? imported?.result(digest);
}

/** `onImported` is told of one that comes from elsewhere. */
export async function findAnyAlias(
  { store, imported }: Caches,
  from: CacheKey,
  onImported?: (shortcut: Shortcut) => void,
): Promise<CacheKey | undefined> {
  const own = await findAlias(store, from);
  if (own) return own;
  const to = imported?.alias(from);
  if (to) onImported?.({ from, to });
  return to;
}

/** A key by definitions, and the key by content that it leads to. */
export interface Shortcut {
  readonly from: CacheKey;
  readonly to: CacheKey;
}

/**
 * Fetches the layers of results that come from elsewhere, and remembers these and the shortcuts to them as the store's
 * own. False when a layer can not be had: then nothing is remembered.
 */
export async function adoptResults(
  { store, imported }: Caches,
  { made, shortcuts }: { readonly made: readonly Made[]; readonly shortcuts: readonly Shortcut[] },
): Promise<boolean> {
  const layers = new Set(made.flatMap(({ snapshot }) => snapshot.layers));
  const settled = await Promise.allSettled([...layers].map((layer) => layer.index()));
  for (const outcome of settled) {
    if (outcome.status === "fulfilled") continue;
    if (imported?.isLoss(outcome.reason)) return false;
    throw outcome.reason;
  }
  for (const { key, snapshot } of made) await saveResult(store, key, snapshot);
  for (const { from, to } of shortcuts) await saveAlias(store, from, to);
  return true;
}

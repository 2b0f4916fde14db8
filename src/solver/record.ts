import { type Digest, isDigest, sha256 } from "../base/index.ts";
import { canonicalJson } from "../graph/index.ts";
import type { Store } from "../store/index.ts";
import { openSnapshot, type Snapshot } from "./snapshot.ts";

/**
 * A cache key is data: what the result of a step depends on. Its digest names the record; comparing two
 * records of the same step tells why the second one was not a hit.
 */
export interface CacheKey {
  readonly digest: Digest;
  readonly data: KeyData;
}

export type KeyData = Readonly<Record<string, unknown>>;

export function cacheKey(data: KeyData): CacheKey {
  return { digest: sha256(canonicalJson(data)), data };
}

/** What the store keeps under a key's digest. */
interface ResultRecord {
  readonly key: KeyData;
  readonly result: {
    readonly layers: readonly string[];
    readonly created: readonly number[];
    readonly comments?: readonly string[];
  };
}

/** The remembered result of a step, if all of its layers are still there. */
export async function findResult(store: Store, digest: Digest): Promise<Snapshot | undefined> {
  const record = (await store.keys.get(digest)) as Partial<ResultRecord> | undefined;
  const { layers, created, comments = [] } = record?.result ?? {};
  if (!Array.isArray(layers) || !Array.isArray(created)) return undefined;
  // Damaged files of the store may say anything.
  if (!layers.every((id) => typeof id === "string")) return undefined;
  const snapshot = await openSnapshot(store, {
    layers,
    created: created.map(Number),
    comments: [comments].flat().map(String),
  });
  if (snapshot) store.keys.touch(digest);
  return snapshot;
}

/** The ids of the layers of a step's remembered result, whether or not they are still there. */
export async function resultLayers(store: Store, digest: Digest): Promise<readonly string[] | undefined> {
  const record = (await store.keys.get(digest)) as Partial<ResultRecord> | undefined;
  const { layers } = record?.result ?? {};
  return Array.isArray(layers) && layers.every((id) => typeof id === "string") ? layers : undefined;
}

export async function saveResult(store: Store, key: CacheKey, snapshot: Snapshot): Promise<void> {
  const { created, comments } = snapshot;
  const layers = snapshot.layers.map((layer) => layer.id);
  const result = { layers, created, ...(comments.some((comment) => comment !== "") && { comments }) };
  await store.keys.put(key.digest, { key: key.data, result } satisfies ResultRecord);
}

/**
 * A shortcut: the key by definitions (what the inputs are made by) leads to the key by content (what the
 * inputs hold), so that a rebuild need not look at the content of a stage that is itself a hit.
 */
interface AliasRecord {
  readonly key: KeyData;
  readonly alias: CacheKey;
}

export async function findAlias(store: Store, byDefinition: CacheKey): Promise<CacheKey | undefined> {
  const record = (await store.keys.get(byDefinition.digest)) as Partial<AliasRecord> | undefined;
  const { alias } = record ?? {};
  if (typeof alias?.digest !== "string" || !isDigest(alias.digest)) return undefined;
  store.keys.touch(byDefinition.digest);
  return alias;
}

export async function saveAlias(store: Store, byDefinition: CacheKey, byContent: CacheKey): Promise<void> {
  await store.keys.put(byDefinition.digest, {
    key: byDefinition.data,
    alias: byContent,
  } satisfies AliasRecord);
}

import { userInfo } from "node:os";
import type { Digest } from "../../base/index.ts";
import { openStore, type Store, type UsageItem } from "../../store/index.ts";
import { type StoreChoice, storeFolder } from "../store-choice.ts";

/** A part of the store that takes space, in the words of BuildKit's disk usage. */
export interface UsageRecord {
  readonly id: string;
  readonly parents: readonly string[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970; when a build last had a use for it, where that is known. */
  readonly usedAt?: number;
  /** Whether it changes while it is used, as cache mounts and containers do. */
  readonly mutable: boolean;
  /** Whether `prune --all` removes it: no image with a name and no running container needs it. */
  readonly reclaimable: boolean;
  /** Whether an image with a name has it too. */
  readonly shared: boolean;
  /** Bytes on the disk, in all forms. */
  readonly size: number;
  /** The instruction that made it; "" where nobody remembers. */
  readonly description: string;
  readonly type: "regular" | "exec.cachemount" | "internal";
}

/** The same made plain, so that it can cross to the engine. */
export interface UsageJob {
  readonly root: string;
  readonly userNamespace: boolean;
}

/**
 * What takes space in the store, the largest first: layers, containers, volumes, cache mounts, downloaded packages. An ordinary user's layers
 * hold files of mapped users, which only the engine can look at.
 */
export async function storeUsage(
  choice: StoreChoice = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<readonly UsageRecord[]> {
  const root = storeFolder(choice);
  if (userInfo().uid === 0) return readUsage({ root, userNamespace: false });
  await openStore(root);
  const params: UsageJob = { root, userNamespace: true };
  const { callEngine } = await import("../../engine/index.ts");
  return (await callEngine(
    { method: "usage", params },
    { emit: () => {} },
    signal,
  )) as readonly UsageRecord[];
}

/** The same in this process. */
export async function readUsage({ root, userNamespace }: UsageJob): Promise<readonly UsageRecord[]> {
  const store = await openStore(root, { userNamespace });
  const [items, names] = await Promise.all([store.usage(), stepNames(store)]);
  return items.map((item) => recordOf(item, names)).sort((a, b) => b.size - a.size);
}

function recordOf(item: UsageItem, names: ReadonlyMap<string, string>): UsageRecord {
  const { id, kind, bytes, createdAt, usedAt, images, running, records, parent } = item;
  return {
    id,
    parents: parent === undefined ? [] : [parent],
    createdAt,
    ...(usedAt !== undefined && { usedAt }),
    mutable: ["cache-mount", "container", "volume"].includes(kind),
    reclaimable: images === 0 && !running,
    shared: images > 0 && records.length > 0,
    size: bytes,
    description: descriptionOf(item, names),
    type: TYPES[kind],
  };
}

const TYPES = {
  layer: "regular",
  "cache-mount": "exec.cachemount",
  packages: "internal",
  container: "internal",
  volume: "internal",
} as const;

function descriptionOf({ kind, id, name, images }: UsageItem, names: ReadonlyMap<string, string>): string {
  if (kind === "packages") return "downloaded packages";
  if (kind === "container") return `container ${name ?? ""}`.trimEnd();
  if (kind === "volume") return `volume ${name ?? ""}`.trimEnd();
  if (kind === "cache-mount") return `cache mount ${name ?? ""}`.trimEnd();
  return names.get(id) ?? (images > 0 ? "layer of an image" : "");
}

/** What the last builds remember of the steps whose results have a layer on top: its instruction. */
async function stepNames(store: Store): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const digest of await store.keys.list()) {
    const record = (await store.keys.get(digest)) as { readonly steps?: unknown } | undefined;
    for (const { name, key } of Array.isArray(record?.steps) ? (record.steps as readonly Step[]) : []) {
      const layer = await topLayer(store, key?.digest);
      if (layer !== undefined && typeof name === "string")
        names.set(layer, name.replace(/^\[[^\]]*\] */, ""));
    }
  }
  return names;
}

interface Step {
  readonly name?: unknown;
  readonly key?: { readonly digest?: Digest };
}

async function topLayer(store: Store, key: Digest | undefined): Promise<string | undefined> {
  if (typeof key !== "string") return undefined;
  const record = (await store.keys.get(key)) as
    | { readonly result?: { readonly layers?: unknown } }
    | undefined;
  const layers = record?.result?.layers;
  const top: unknown = Array.isArray(layers) ? layers.at(-1) : undefined;
  return typeof top === "string" ? top : undefined;
}

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, lazy } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import type { Folders } from "./folders.ts";
import type { KeyStore } from "./keys.ts";
import { bootId, readRecord } from "./layer-record.ts";
import { changedAt } from "./records.ts";
import { diskUsage } from "./remove-tree.ts";

/** What of the cache may go: results of steps, cache mounts, downloaded packages. */
export interface CacheLimits {
  /** All of it, as far as the other limits let it. */
  readonly all: boolean;
  /** Milliseconds since 1970: only what was not of use since then. */
  readonly until?: number;
  /** Bytes that may stay, what was of use last first. */
  readonly keepStorage?: number;
}

/** What goes, and what of the rest is needed. */
export interface CacheChoice {
  readonly gone: readonly Digest[];
  /** Layers that the records that stay lead to. */
  readonly layers: readonly string[];
  readonly gonePaths: readonly string[];
}

interface CacheContext {
  readonly folders: Folders;
  readonly blobs: BlobStore;
  readonly keys: KeyStore;
}

/**
 * Divides the cache into what stays and what goes. Records that make no sense, or whose layers or owners are gone, go in
 * any case. `needed` are layers that stay anyway and cost nothing.
 */
export async function chooseCache(
  context: CacheContext,
  { limits, needed }: { readonly limits: CacheLimits; readonly needed: ReadonlySet<string> },
): Promise<CacheChoice> {
  const { usable, parts, gone } = await readCache(context);
  const places = limits.all || limits.keepStorage !== undefined ? await cachePlaces(context) : [];
  const staying = await whatStays(context, { items: [...usable, ...places], limits, needed });
  const named = new Set(usable.filter((item) => staying.has(item)).flatMap((item) => item.parts));
  return {
    gone: [
      ...gone,
      ...usable.filter((item) => !staying.has(item)).map(({ digest }) => digest),
      ...parts.filter((digest) => !named.has(digest)),
    ],
    layers: usable.filter((item) => staying.has(item)).flatMap(({ layers }) => layers),
    gonePaths: places.filter((item) => !staying.has(item)).map(({ path }) => path),
  };
}

interface CacheItem {
  readonly usedAt: number;
  readonly layers: readonly string[];
  /** A file or folder that goes with it. */
  readonly path?: string;
}

interface KeyItem extends CacheItem {
  readonly digest: Digest;
  readonly parts: readonly unknown[];
}

interface Cache {
  readonly usable: readonly KeyItem[];
  /** Records that belong to others. */
  readonly parts: readonly Digest[];
  readonly gone: readonly Digest[];
}

async function readCache({ folders, keys }: CacheContext): Promise<Cache> {
  const there = await usableLayers(folders);
  const [usable, parts, gone]: [KeyItem[], Digest[], Digest[]] = [[], [], []];
  for (const digest of await keys.list()) {
    const record = await keys.get(digest);
    const layers = layersOf(record);
    if (!layers?.every((id) => there.has(id))) gone.push(digest);
    else if (isPart(record)) parts.push(digest);
    else usable.push({ digest, layers, parts: partsOf(record), usedAt: (await keys.usedAt(digest)) ?? 0 });
  }
  return { usable, parts, gone };
}

/** Cache mounts, packages, and what is remembered of contexts. */
async function cachePlaces({
  folders,
}: CacheContext): Promise<readonly (CacheItem & { readonly path: string })[]> {
  const places: (CacheItem & { readonly path: string })[] = [];
  for (const folder of [folders.packages, folders.contexts, folders.cacheMounts])
    for (const name of await readdir(folder)) {
      const path = join(folder, name);
      const usedAt = (await changedAt(join(path, "id"))) ?? (await changedAt(path)) ?? 0;
      places.push({ path, layers: [], usedAt });
    }
  return places;
}

async function whatStays(
  context: CacheContext,
  {
    items,
    limits: { all, until, keepStorage },
    needed,
  }: {
    readonly items: readonly CacheItem[];
    readonly limits: CacheLimits;
    readonly needed: ReadonlySet<string>;
  },
): Promise<ReadonlySet<CacheItem>> {
  if (!all && keepStorage === undefined) return new Set(items);
  const counted = new Set(needed);
  const staying = new Set<CacheItem>();
  let left = keepStorage ?? 0;
  for (const item of items.toSorted((a, b) => b.usedAt - a.usedAt)) {
    const isYoung = until !== undefined && item.usedAt > until;
    if (!isYoung && keepStorage === undefined) continue;
    const fresh = item.layers.filter((id) => !counted.has(id));
    const cost = await costOf(context, {
      layers: fresh,
      ...(item.path !== undefined && { path: item.path }),
    });
    // Once something did not fit, nothing older stays that costs anything.
    if (!isYoung && cost > 0 && cost > left) left = 0;
    else {
      left = Math.max(0, left - cost);
      for (const id of fresh) counted.add(id);
      staying.add(item);
    }
  }
  return staying;
}

async function costOf(
  context: CacheContext,
  { layers, path }: { readonly layers: readonly string[]; readonly path?: string },
): Promise<number> {
  let bytes = path === undefined ? 0 : await diskUsage(path);
  for (const id of layers) bytes += await layerUsage(context, id);
  return bytes;
}

/** Bytes that a layer takes on the disk, in all of its forms. */
export async function layerUsage(
  { folders, blobs }: Pick<CacheContext, "folders" | "blobs">,
  id: string,
): Promise<number> {
  const record = await readRecord(folders, id);
  let bytes = await diskUsage(join(folders.layers, id));
  for (const digest of [record?.form === "tar" ? record.diffId : undefined, record?.gzip?.digest])
    if (digest !== undefined) bytes += await diskUsage(blobs.path(digest));
  return bytes;
}

/** Layers that a build would take: not damaged, and not torn by a power cut. */
async function usableLayers(folders: Folders): Promise<ReadonlySet<string>> {
  const boot = lazy(bootId);
  const found = new Set<string>();
  for (const id of await readdir(folders.layers)) {
    const record = await readRecord(folders, id);
    if (record && (record.boot === undefined || record.boot === boot())) found.add(id);
  }
  return found;
}

/** The layers that a cache record leads to; undefined for one that makes no sense; a record without a result is a shortcut and needs none. */
export function layersOf(record: unknown): readonly string[] | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  const { result } = record as { readonly result?: { readonly layers?: unknown } | null };
  if (!result) return [];
  return Array.isArray(result.layers) ? result.layers.map(String) : undefined;
}

function isPart(record: unknown): boolean {
  return (record as { readonly part?: unknown }).part === true;
}

/** The records that belong to one. */
function partsOf(record: unknown): readonly unknown[] {
  const { parts } = record as { readonly parts?: unknown };
  return Array.isArray(parts) ? parts : [];
}

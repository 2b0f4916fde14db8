import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isSystemError, lazy, uniqueName } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import type { BuildRecords } from "./build-records.ts";
import type { Folders } from "./folders.ts";
import type { ImageStore } from "./images.ts";
import type { KeyStore } from "./keys.ts";
import { bootId, readRecord } from "./layer-record.ts";
import { refuseWhileInUse, takeOnlyLease } from "./lease.ts";
import { diskUsage, removeTree } from "./remove-tree.ts";

/** What prune removed, or would remove: how many of each, and bytes on the disk. */
export interface PruneReport {
  readonly images: number;
  readonly keys: number;
  readonly layers: number;
  readonly blobs: number;
  /** Leftovers of builds that were killed. */
  readonly temporary: number;
  readonly bytes: number;
}

export interface PruneOptions {
  /** Also the build cache, cache mounts and downloaded packages; images with a name always stay. */
  readonly all: boolean;
  /** Count, but remove nothing. */
  readonly dryRun: boolean;
}

/** The parts of a store that prune works on. */
export interface PruneContext {
  readonly folders: Folders;
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly keys: KeyStore;
  readonly builds: BuildRecords;
}

/**
 * Removes what nobody needs: leftovers in tmp/, images without a name, layers and blobs that no image and
 * no cache record leads to, and with `all` the cache records themselves. Refuses (`user-conflict`) while
 * anybody uses the store, so a blob in use is never collected; a crash in the middle leaves less to remove.
 */
export async function prune(context: PruneContext, options: PruneOptions): Promise<PruneReport> {
  const { leases } = context.folders;
  if (options.dryRun) {
    await refuseWhileInUse(leases);
    return collect(context, options);
  }
  await using _lease = await takeOnlyLease(leases, "tare prune");
  return await collect(context, options);
}

async function collect(context: PruneContext, options: PruneOptions): Promise<PruneReport> {
  const { folders, images } = context;
  const remover = createRemover(folders, options);
  const listed = await images.list();
  const dangling = listed.filter(({ references }) => references.length === 0).map(({ record }) => record);
  if (!options.dryRun) for (const { id } of dangling) await images.remove(id);
  const kept = listed.filter(({ references }) => references.length > 0).map(({ record }) => record);
  if (!options.dryRun) await pruneBuilds(context, kept);
  const keys = await pruneKeys(context, options);
  const layers = new Set([...kept.flatMap((record) => record.layers), ...keys.layers]);
  const goneLayers = (await readdir(folders.layers)).filter((id) => !layers.has(id));
  const neededBlobs = await blobsOf(
    context,
    [...layers],
    kept.flatMap((record) => [record.id, ...(record.manifest ? [record.manifest] : [])]),
  );
  for (const id of goneLayers) await remover.remove(join(folders.layers, id));
  const goneBlobs = (await context.blobs.list()).filter((digest) => !neededBlobs.has(digest));
  for (const digest of goneBlobs) await remover.remove(context.blobs.path(digest));
  const temporary = await readdir(folders.tmp);
  for (const name of temporary) await remover.remove(join(folders.tmp, name));
  if (options.all)
    for (const folder of [folders.packages, folders.contexts, folders.cacheMounts])
      await remover.empty(folder);
  await remover.empty(folders.locks);
  return {
    images: dangling.length,
    keys: keys.removed,
    layers: goneLayers.length,
    blobs: goneBlobs.length,
    temporary: temporary.length,
    bytes: remover.bytes(),
  };
}

/** A record outlives its image only when somebody was killed in between. */
async function pruneBuilds(
  { builds }: PruneContext,
  kept: readonly { readonly id: Digest }[],
): Promise<void> {
  const ids = new Set(kept.map(({ id }) => id));
  for (const id of await builds.list()) if (!ids.has(id)) await builds.remove(id);
}

/** Drops cache records, or those whose layers or owners are gone; tells which layers the others need. */
async function pruneKeys(
  { keys, folders }: PruneContext,
  { all, dryRun }: PruneOptions,
): Promise<{ readonly removed: number; readonly layers: readonly string[] }> {
  const there = await usableLayers(folders);
  const needed: string[] = [];
  const named = new Set<unknown>();
  const parts: Digest[] = [];
  const gone: Digest[] = [];
  for (const digest of await keys.list()) {
    const record = all ? undefined : await keys.get(digest);
    const layers = layersOf(record);
    if (!layers?.every((id) => there.has(id))) gone.push(digest);
    else if (isPart(record)) parts.push(digest);
    else {
      needed.push(...layers);
      for (const part of partsOf(record)) named.add(part);
    }
  }
  gone.push(...parts.filter((digest) => !named.has(digest)));
  if (!dryRun) for (const digest of gone) await keys.remove(digest);
  return { removed: gone.length, layers: needed };
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
function layersOf(record: unknown): readonly string[] | undefined {
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

async function blobsOf(
  { folders }: PruneContext,
  layers: readonly string[],
  configs: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const records = await Promise.all(layers.map((id) => readRecord(folders, id)));
  const used = records.flatMap((record) => [
    record?.form === "tar" ? record.diffId : undefined,
    record?.gzip?.digest,
  ]);
  return new Set([...configs, ...used.filter((digest) => digest !== undefined)]);
}

interface Remover {
  remove(path: string): Promise<void>;
  empty(folder: string): Promise<void>;
  bytes(): number;
}

/** Removes by renaming into tmp/ first: what is half removed is never taken for whole. */
function createRemover({ tmp }: Folders, { dryRun }: PruneOptions): Remover {
  let bytes = 0;
  async function remove(path: string): Promise<void> {
    bytes += await diskUsage(path);
    if (dryRun) return;
    const grave = join(tmp, uniqueName());
    try {
      await rename(path, grave);
    } catch (error) {
      // Short commands hold no lease, and their drafts may be gone by now.
      if (isSystemError(error, "ENOENT")) return;
      throw error;
    }
    await removeTree(grave);
  }
  return {
    remove,
    bytes: () => bytes,
    async empty(folder) {
      for (const name of await readdir(folder)) await remove(join(folder, name));
    },
  };
}

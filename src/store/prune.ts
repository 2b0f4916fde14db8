import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, defined, isSystemError, uniqueName } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import type { BuildRecords } from "./build-records.ts";
import { type CacheLimits, chooseCache } from "./choose-cache.ts";
import { openContainerStore, type StoredContainer, volumesOf } from "./containers.ts";
import type { Folders } from "./folders.ts";
import type { ImageStore, ListedImage } from "./images.ts";
import { blobsOfIndex } from "./kept-index.ts";
import type { KeyStore } from "./keys.ts";
import { readRecord } from "./layer-record.ts";
import { refuseWhileInUse, takeOnlyLease } from "./lease.ts";
import { diskUsage, removeTree } from "./remove-tree.ts";
import type { ImageRecord } from "./types.ts";
import type { VolumeStore } from "./volumes.ts";

/** What prune removed, or would remove: how many of each, and bytes on the disk. */
export interface PruneReport {
  readonly images: number;
  readonly keys: number;
  readonly layers: number;
  readonly blobs: number;
  /** Containers that have ended. */
  readonly containers: number;
  /** Anonymous ones, where they were asked for. */
  readonly volumes: number;
  /** Leftovers of builds that were killed. */
  readonly temporary: number;
  readonly bytes: number;
}

export interface PruneOptions extends CacheLimits {
  /** Count, but remove nothing. */
  readonly dryRun: boolean;
  /** Also anonymous volumes that no running container sees. */
  readonly volumes?: boolean;
  /** Of images without a name only those with all of these labels; the cache has no labels, and stays then. */
  readonly labels?: readonly LabelFilter[];
}

/** A label that an image has to have, or with `not` must not have; without a value whatever it is. */
export interface LabelFilter {
  readonly name: string;
  readonly value?: string;
  readonly not?: boolean;
}

/** The parts of a store that prune works on. */
export interface PruneContext {
  readonly folders: Folders;
  readonly blobs: BlobStore;
  readonly images: ImageStore;
  readonly keys: KeyStore;
  readonly builds: BuildRecords;
  readonly volumes: VolumeStore;
}

/**
 * Removes what nobody needs: leftovers in tmp/, images without a name, layers and blobs that no image and no cache
 * record leads to, containers that have ended, and with `all` the cache records themselves. What a running container
 * uses stays. Refuses (`user-conflict`) while anybody else uses the store, so a blob in use is never collected; a crash
 * in the middle leaves less to remove.
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
  const running = runningIn(folders);
  const used = new Set(running.map(({ record }) => record.imageId));
  const unused = listed.filter(({ record }) => !used.has(record.id));
  const dangling = await unwantedImages(context, { listed: unused, options });
  if (!options.dryRun) for (const { id } of dangling) await images.remove(id);
  const gone = new Set(dangling.map(({ id }) => id));
  const kept = listed.map(({ record }) => record).filter(({ id }) => !gone.has(id));
  if (!options.dryRun) await pruneBuilds(context, kept);
  const holders = [...kept, ...running.map(({ record }) => record)];
  const keptLayers = new Set(holders.flatMap((record) => record.layers));
  const cache = await chooseCache(context, { limits: cacheLimits(options), needed: keptLayers });
  if (!options.dryRun) for (const digest of cache.gone) await context.keys.remove(digest);
  const layers = new Set([...keptLayers, ...cache.layers]);
  const goneLayers = (await readdir(folders.layers)).filter((id) => !layers.has(id));
  const neededBlobs = await blobsOf(
    context,
    [...layers],
    [
      ...kept.flatMap((record) => [record.id, ...(record.manifest ? [record.manifest] : [])]),
      ...(await indexBlobs(context)),
    ],
  );
  for (const id of goneLayers) await remover.remove(join(folders.layers, id));
  const goneBlobs = (await context.blobs.list()).filter((digest) => !neededBlobs.has(digest));
  for (const digest of goneBlobs) await remover.remove(context.blobs.path(digest));
  const living = new Set(running.map(({ record }) => record.id));
  const ended = (await readdir(folders.containers)).filter((id) => !living.has(id));
  for (const id of ended) await remover.remove(join(folders.containers, id));
  const goneVolumes = options.volumes ? unusedVolumes(context, running) : [];
  for (const name of goneVolumes) await remover.remove(join(folders.volumes, name));
  const temporary = await readdir(folders.tmp);
  for (const name of temporary) await remover.remove(join(folders.tmp, name));
  for (const path of cache.gonePaths) await remover.remove(path);
  await remover.empty(folders.locks);
  return {
    images: dangling.length,
    keys: cache.gone.length,
    layers: goneLayers.length,
    blobs: goneBlobs.length,
    containers: ended.length,
    volumes: goneVolumes.length,
    temporary: temporary.length,
    bytes: remover.bytes(),
  };
}

function cacheLimits({ all, until, keepStorage, labels = [] }: PruneOptions): CacheLimits {
  if (labels.length > 0) return { all: false };
  return { all, ...defined({ until, keepStorage }) };
}

/** The containers that run, by their locks. */
function runningIn(folders: Folders): readonly StoredContainer[] {
  return openContainerStore(folders)
    .list()
    .filter(({ alive }) => alive);
}

function unusedVolumes({ volumes }: PruneContext, running: readonly StoredContainer[]): readonly string[] {
  const used = volumesOf(running);
  const anonymous = volumes.list().filter((volume) => volume.anonymous);
  return anonymous.map(({ name }) => name).filter((name) => !used.includes(name));
}

/** Images without a name, as far as they are as old and as labelled as it was asked for. */
async function unwantedImages(
  { images }: PruneContext,
  { listed, options }: { readonly listed: readonly ListedImage[]; readonly options: PruneOptions },
): Promise<readonly ImageRecord[]> {
  const { until, labels = [] } = options;
  const dangling = listed.filter(({ references }) => references.length === 0).map(({ record }) => record);
  if (until === undefined && labels.length === 0) return dangling;
  const wanted = await Promise.all(
    dangling.map(async (record) => {
      if (until !== undefined && record.storedAt > until) return false;
      if (labels.length === 0) return true;
      // An image whose config is damaged has no labels that anybody knows.
      const config = await images.config(record).catch(() => undefined);
      const own = config?.config?.Labels ?? {};
      return labels.every((label) => hasLabel(own, label));
    }),
  );
  return dangling.filter((_, at) => wanted[at]);
}

function hasLabel(
  labels: Readonly<Record<string, string>>,
  { name, value, not = false }: LabelFilter,
): boolean {
  const has = Object.hasOwn(labels, name) && (value === undefined || labels[name] === value);
  return has !== not;
}

/** A record outlives its image only when somebody was killed in between. */
async function pruneBuilds(
  { builds }: PruneContext,
  kept: readonly { readonly id: Digest }[],
): Promise<void> {
  const ids = new Set(kept.map(({ id }) => id));
  for (const id of await builds.list()) if (!ids.has(id)) await builds.remove(id);
}

/** What names keep of the indexes that their images were found in; nothing of images that they do not lead to any more. */
async function indexBlobs({ images, blobs }: PruneContext): Promise<readonly Digest[]> {
  const found = new Set<Digest>();
  for (const name of await images.names()) {
    const kept = await images.keptIndex(name);
    if (!kept) continue;
    const own = new Set((await images.imagesOf(name)).map(({ manifest }) => manifest));
    for (const digest of await blobsOfIndex(blobs, kept, own)) found.add(digest);
  }
  return [...found];
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

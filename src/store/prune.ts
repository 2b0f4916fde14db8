import { lstat, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, TareError, uniqueName } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import type { Folders } from "./folders.ts";
import type { ImageStore } from "./images.ts";
import type { KeyStore } from "./keys.ts";
import { readRecord } from "./layers.ts";
import { holders } from "./lease.ts";

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
  /** Also the build cache and the downloaded packages; images with a name always stay. */
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
}

/**
 * Removes what nobody needs: leftovers in tmp/, images without a name, layers and blobs that no image and
 * no cache record leads to, and with `all` the cache records themselves. Refuses (`user-conflict`) while
 * anybody uses the store, so a blob in use is never collected; a crash in the middle leaves less to remove.
 */
export async function prune(context: PruneContext, options: PruneOptions): Promise<PruneReport> {
  const { folders, images } = context;
  await refuseWhileInUse(folders);
  const remover = createRemover(folders, options);
  const listed = await images.list();
  const dangling = listed.filter(({ references }) => references.length === 0).map(({ record }) => record);
  if (!options.dryRun) for (const { id } of dangling) await images.remove(id);
  const kept = listed.filter(({ references }) => references.length > 0).map(({ record }) => record);
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
  if (options.all) for (const folder of [folders.packages, folders.contexts]) await remover.empty(folder);
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

async function refuseWhileInUse(folders: Folders): Promise<void> {
  const [holder] = await holders(folders.leases);
  if (!holder) return;
  throw new TareError("user-conflict", `the store is in use by ${holder.what} (process ${holder.pid})`, {
    hint: "wait until it has ended; after a kill it may take 20 seconds until that is certain",
  });
}

/** Drops cache records, or those whose layers are gone; tells which layers the others need. */
async function pruneKeys(
  { keys, folders }: PruneContext,
  { all, dryRun }: PruneOptions,
): Promise<{ readonly removed: number; readonly layers: readonly string[] }> {
  const there = new Set(await readdir(folders.layers));
  const needed: string[] = [];
  let removed = 0;
  for (const digest of await keys.list()) {
    const layers = all ? undefined : layersOf(await keys.get(digest));
    if (layers?.every((id) => there.has(id))) {
      needed.push(...layers);
      continue;
    }
    removed++;
    if (!dryRun) await keys.remove(digest);
  }
  return { removed, layers: needed };
}

/** The layers that a cache record leads to; a record without a result is a shortcut and needs none. */
function layersOf(record: unknown): readonly string[] | undefined {
  if (typeof record !== "object" || record === null) return undefined;
  const { result } = record as { readonly result?: { readonly layers?: readonly string[] } };
  return result ? result.layers : [];
}

async function blobsOf(
  { folders, blobs }: PruneContext,
  layers: readonly string[],
  configs: readonly Digest[],
): Promise<ReadonlySet<Digest>> {
  const records = await Promise.all(
    layers.map((id) => readRecord({ folders, blobs, userNamespace: false }, id)),
  );
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
    await rename(path, grave);
    await rm(grave, { recursive: true, force: true });
  }
  return {
    remove,
    bytes: () => bytes,
    async empty(folder) {
      for (const name of await readdir(folder)) await remove(join(folder, name));
    },
  };
}

async function diskUsage(path: string): Promise<number> {
  const facts = await lstat(path);
  const own =
    facts.nlink > 1 && !facts.isDirectory() ? (facts.blocks * 512) / facts.nlink : facts.blocks * 512;
  if (!facts.isDirectory()) return own;
  const inside = await Promise.all((await readdir(path)).map((name) => diskUsage(join(path, name))));
  return inside.reduce((sum, size) => sum + size, own);
}

import { join } from "node:path";
import { gzip } from "../archive/index.ts";
import { createHasher, type Digest, lazyAsync } from "../base/index.ts";
import { MEDIA_TYPE } from "../oci/index.ts";
import { type Entry, type LayerIndex, tarFromIndex, tarSizeOfIndex } from "../tree/index.ts";
import { knownDigests, rememberDigests } from "./digests.ts";
import { updateRecord } from "./layer-record.ts";
import type { LayerContext } from "./layers.ts";
import { readIndex } from "./read-index.ts";
import { layerReader } from "./read-layer.ts";
import type { LayerRecord, StoredLayer } from "./types.ts";
import { unpacked } from "./unpacked.ts";

/** A layer of the store as an object; everything is read or computed at the first use. */
export function openStoredLayer(record: LayerRecord, context: LayerContext, known?: LayerIndex): StoredLayer {
  const folder = join(context.folders.layers, record.id);
  const index = lazyAsync(async () => known ?? readIndex(record, context));
  const read = layerReader(
    record.form === "tar"
      ? { form: "tar", tar: context.blobs.path(record.diffId as Digest) }
      : { form: "directory", root: join(folder, "root") },
    index,
  );
  const tar =
    record.form === "tar" ? () => context.blobs.get(record.diffId as Digest) : () => tarOf(index, read);
  const diffId = lazyAsync(async () => record.diffId ?? computeDiffId(record, context, tar()));
  return {
    id: record.id,
    form: record.form,
    size: record.size,
    index,
    read,
    tar,
    diffId,
    tarSize: async () =>
      record.form === "tar"
        ? ((await context.blobs.size(record.diffId as Digest)) ?? 0)
        : tarSizeOfIndex(await index()),
    descriptor: lazyAsync(
      async () => (await usable(record.gzip, context)) ?? compress(record, context, tar()),
    ),
    directory: lazyAsync(() =>
      record.form === "directory"
        ? Promise.resolve(join(folder, "root"))
        : unpacked(folder, { record, context, index }),
    ),
    contentDigests: (entries) => contentDigests(folder, entries, read),
  };
}

async function* tarOf(
  index: () => Promise<LayerIndex>,
  read: StoredLayer["read"],
): AsyncGenerator<Uint8Array> {
  yield* tarFromIndex(await index(), read);
}

async function computeDiffId(
  record: LayerRecord,
  context: LayerContext,
  tar: AsyncIterable<Uint8Array>,
): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of tar) hasher.update(chunk);
  const diffId = hasher.digest();
  await updateRecord(context.folders, record.id, (current) => ({ ...current, diffId }));
  return diffId;
}

async function usable(
  descriptor: LayerRecord["gzip"],
  { blobs }: LayerContext,
): Promise<LayerRecord["gzip"]> {
  return descriptor && (await blobs.has(descriptor.digest)) ? descriptor : undefined;
}

async function compress(
  record: LayerRecord,
  context: LayerContext,
  tar: AsyncIterable<Uint8Array>,
): Promise<NonNullable<LayerRecord["gzip"]>> {
  const info = await context.blobs.put(gzip(tar));
  const descriptor = { mediaType: MEDIA_TYPE.layerGzip, ...info };
  await updateRecord(context.folders, record.id, (current) => ({ ...current, gzip: descriptor }));
  return descriptor;
}

async function contentDigests(
  folder: string,
  entries: readonly Entry[],
  read: StoredLayer["read"],
): Promise<ReadonlyMap<string, Digest>> {
  const found = new Map<string, Digest>();
  const missing: Entry[] = [];
  for (const entry of entries) {
    if (entry.digest) found.set(entry.path, entry.digest);
    else missing.push(entry);
  }
  if (missing.length === 0) return found;
  const remembered = await knownDigests(folder);
  const fresh = new Map<string, Digest>();
  for (const entry of missing) {
    const digest = remembered.get(entry.path) ?? (await digestOf(read(entry)));
    found.set(entry.path, digest);
    if (!remembered.has(entry.path)) fresh.set(entry.path, digest);
  }
  await rememberDigests(folder, fresh);
  return found;
}

async function digestOf(bytes: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of bytes) hasher.update(chunk);
  return hasher.digest();
}

import { join } from "node:path";
import { gzip } from "../archive/index.ts";
import { type Digest, digestOf, hashing, lazyAsync, TareError, withoutGarbage } from "../base/index.ts";
import { MEDIA_TYPE } from "../oci/index.ts";
import { type Entry, type LayerIndex, tarFromIndex, tarSizeOfIndex } from "../tree/index.ts";
import { compressing } from "./compressing.ts";
import { knownDigests, rememberDigests } from "./digests.ts";
import { updateRecord } from "./layer-record.ts";
import type { LayerContext } from "./layers.ts";
import { readNote, writeNote } from "./notes.ts";
import { readIndex } from "./read-index.ts";
import { type LayerFiles, layerReader } from "./read-layer.ts";
import { openLayerParts } from "./read-parts.ts";
import { knownRemotes, type RemoteLayer } from "./remotes.ts";
import type { LayerRecord, LocalLayer, StoredLayer } from "./types.ts";
import { unpacked } from "./unpacked.ts";
import { gzipSurvived } from "./unsynced.ts";

/** A layer of the store as an object; everything is read or computed at the first use. */
export function openStoredLayer(record: LayerRecord, context: LayerContext, known?: LayerIndex): LocalLayer {
  const folder = join(context.folders.layers, record.id);
  const index = lazyAsync(async () => known ?? readIndex(record, context));
  const files: LayerFiles =
    record.form === "tar"
      ? { form: "tar", tar: context.blobs.path(record.diffId as Digest) }
      : { form: "directory", root: join(folder, "root") };
  const read = layerReader(files, index);
  const { tar, passed, diffId } =
    record.form === "tar"
      ? tarBlob(record.diffId as Digest, context)
      : tarOfDirectory(record, { context, index, read });
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
    descriptor: lazyAsync(async () => (await usable(record, context)) ?? compress(record, context, passed())),
    directory: lazyAsync(() =>
      record.form === "directory"
        ? Promise.resolve(join(folder, "root"))
        : unpacked(folder, { record, context, index }),
    ),
    parts: async () => openLayerParts(files, await index()),
    made: () => made(record, context),
    compressedSize: async () =>
      record.gzip?.size ?? (await knownRemotes(folder)).find(isCompressed)?.descriptor.size,
    note: (name) => readNote(folder, name),
    keepNote: (name, bytes) => writeNote({ folder, name, tmp: context.folders.tmp }, bytes),
    contentDigests: (entries) => contentDigests(folder, entries, read),
  };
}

function isCompressed({ descriptor }: RemoteLayer): boolean {
  return descriptor.mediaType !== MEDIA_TYPE.layerTar;
}

/** Bytes that are read at once to be deflated, half of a chunk of gzip: with a quarter it takes a tenth longer. */
const READ_TO_DEFLATE = 512 * 1024;

interface TarParts extends Pick<StoredLayer, "tar" | "diffId"> {
  /** The tar for whoever keeps nothing of it; see `pass` of the blob store. */
  readonly passed: StoredLayer["tar"];
}

function tarBlob(diffId: Digest, { blobs }: LayerContext): TarParts {
  return {
    tar: () => blobs.get(diffId),
    passed: () => blobs.pass(diffId, { pieceSize: READ_TO_DEFLATE }),
    diffId: async () => diffId,
  };
}

/**
 * The digest comes with the first tar that somebody reads to its end, and is remembered; who asks for it sooner has the
 * tar made for that alone. Each later tar is held against it, for a directory can be changed.
 */
function tarOfDirectory(
  record: LayerRecord,
  { context, index, read }: { readonly context: LayerContext } & Pick<StoredLayer, "index" | "read">,
): TarParts {
  let known = record.diffId;
  async function* tar(): AsyncGenerator<Uint8Array> {
    let found: Digest | undefined;
    yield* hashing(withoutGarbage(tarFromIndex(await index(), read)), (digest) => {
      found = digest;
    });
    if (known === undefined) await updateRecord(context.folders, record.id, withDiffId(found as Digest));
    known ??= found;
    if (known !== found) throw changed(known as Digest);
  }
  const diffId = lazyAsync(async () => {
    if (known === undefined) for await (const _ of tar());
    return known as Digest;
  });
  return { tar, passed: tar, diffId };
}

function withDiffId(diffId: Digest): (record: LayerRecord) => LayerRecord {
  return (record) => ({ ...record, diffId });
}

function changed(diffId: Digest): TareError {
  return new TareError("integrity-store", `layer ${diffId} has changed in the store`, {
    hint: "build again with --no-cache",
  });
}

async function made({ gzip }: LayerRecord, { blobs }: LayerContext): Promise<LayerRecord["gzip"]> {
  return gzip && (await blobs.has(gzip.digest)) ? gzip : undefined;
}

async function usable(record: LayerRecord, context: LayerContext): Promise<LayerRecord["gzip"]> {
  const gzip = await made(record, context);
  return gzip && (await gzipSurvived(record, context)) ? gzip : undefined;
}

async function compress(
  record: LayerRecord,
  context: LayerContext,
  tar: AsyncIterable<Uint8Array>,
): Promise<NonNullable<LayerRecord["gzip"]>> {
  // It is made to be sent: to wait for the disk, too, would take a tenth as long again.
  const info = await compressing(() => context.blobs.putUnsynced(gzip(tar)));
  const written = { gzip: { mediaType: MEDIA_TYPE.layerGzip, ...info }, gzipBoot: context.boot() };
  await updateRecord(context.folders, record.id, (current) => ({ ...current, ...written }));
  return written.gzip;
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

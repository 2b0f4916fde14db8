import { constants, createReadStream, readFileSync } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { gzip } from "../archive/index.ts";
import {
  createHasher,
  type Digest,
  fsPath,
  isSystemError,
  lazyAsync,
  lock,
  TareError,
  uniqueName,
} from "../base/index.ts";
import { MEDIA_TYPE } from "../oci/index.ts";
import { decodeIndex, type Entry, type LayerIndex, tarFromIndex, tarSizeOfIndex } from "../tree/index.ts";
import { knownDigests, rememberDigests } from "./digests.ts";
import { type LayerContext, updateRecord } from "./layers.ts";
import { materialize } from "./materialize.ts";
import type { LayerRecord, StoredLayer } from "./types.ts";

const SMALL = 1024 * 1024;
const CHUNK = 256 * 1024;

/** A layer of the store as an object; everything is read or computed at the first use. */
export function openStoredLayer(record: LayerRecord, context: LayerContext, known?: LayerIndex): StoredLayer {
  const folder = join(context.folders.layers, record.id);
  const index = lazyAsync(async () => known ?? readIndex(folder));
  const read = record.form === "tar" ? tarReader(record, context, index) : directoryReader(folder);
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
        : unpacked(record, context, { folder, index }),
    ),
    contentDigests: (entries) => contentDigests(folder, entries, read),
  };
}

async function readIndex(folder: string): Promise<LayerIndex> {
  try {
    return await decodeIndex(createReadStream(join(folder, "index"), { highWaterMark: CHUNK }));
  } catch (error) {
    if (isSystemError(error, "ENOENT"))
      throw new TareError("integrity-store", `layer index ${folder}/index is missing`, {
        hint: "run `tare prune -a` and build again",
        cause: error,
      });
    throw error;
  }
}

async function* tarOf(
  index: () => Promise<LayerIndex>,
  read: StoredLayer["read"],
): AsyncGenerator<Uint8Array> {
  yield* tarFromIndex(await index(), read);
}

/** Files of a tar layer are parts of its blob; a hard link has the content of its first name. */
function tarReader(
  record: LayerRecord,
  { blobs }: LayerContext,
  index: () => Promise<LayerIndex>,
): StoredLayer["read"] {
  return (entry) => {
    if (entry.kind === "hardlink")
      return readLinked(entry, index, (target) =>
        blobs.range(record.diffId as Digest, target.offset ?? 0, target.size),
      );
    return blobs.range(record.diffId as Digest, entry.offset ?? 0, entry.size);
  };
}

async function* readLinked(
  entry: Entry,
  index: () => Promise<LayerIndex>,
  read: (target: Entry) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const target = (await index()).entries.find(({ path }) => path === entry.link);
  if (!target)
    throw new TareError(
      "integrity-store",
      `hard link ${entry.path} leads to ${entry.link}, which the layer does not have`,
    );
  yield* read(target);
}

/** Files of a directory layer are where their path says; entries are exact, so no link is ever followed. */
function directoryReader(folder: string): StoredLayer["read"] {
  return (entry) => {
    const path = `${folder}/root/${entry.path}`;
    return entry.size <= SMALL ? readSmall(entry, path) : readLarge(entry, path);
  };
}

async function* readSmall(entry: Entry, path: string): AsyncGenerator<Uint8Array> {
  const bytes = readFileSync(fsPath(path), { flag: constants.O_RDONLY | constants.O_NOFOLLOW } as never);
  if (bytes.length !== entry.size) throw sizeError(entry, bytes.length);
  yield bytes;
}

async function* readLarge(entry: Entry, path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    let size = 0;
    for (;;) {
      const buffer = Buffer.allocUnsafe(SMALL);
      const { bytesRead } = await handle.read(buffer, 0, SMALL, null);
      if (bytesRead === 0) break;
      size += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    if (size !== entry.size) throw sizeError(entry, size);
  } finally {
    await handle.close();
  }
}

function sizeError(entry: Entry, size: number): TareError {
  return new TareError(
    "integrity-store",
    `${entry.path} in the store has ${size} bytes instead of ${entry.size}`,
    {
      hint: "something else has written into the store; run `tare prune -a` and build again",
    },
  );
}

async function computeDiffId(
  record: LayerRecord,
  context: LayerContext,
  tar: AsyncIterable<Uint8Array>,
): Promise<Digest> {
  const hasher = createHasher();
  for await (const chunk of tar) hasher.update(chunk);
  const diffId = hasher.digest();
  await updateRecord(context, record.id, (current) => ({ ...current, diffId }));
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
  await updateRecord(context, record.id, (current) => ({ ...current, gzip: descriptor }));
  return descriptor;
}

/** The directory form of a tar layer, made by whoever needs it first while the others wait. */
async function unpacked(
  record: LayerRecord,
  { folders, blobs, userNamespace }: LayerContext,
  { folder, index }: { readonly folder: string; readonly index: () => Promise<LayerIndex> },
): Promise<string> {
  const root = join(folder, "root");
  if (await isThere(root)) return root;
  using _lock = await lock(join(folders.locks, `layer-${record.id}`), "exclusive");
  if (await isThere(root)) return root;
  const draft = join(folders.tmp, uniqueName());
  await mkdir(draft, { mode: 0o755 });
  try {
    await materialize((await index()).entries, draft, {
      tar: blobs.path(record.diffId as Digest),
      userNamespace,
    });
    await rename(draft, root);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return root;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
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

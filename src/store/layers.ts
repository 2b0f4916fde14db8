import { createReadStream, existsSync } from "node:fs";
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import {
  createHasher,
  type Digest,
  diskError,
  hexOf,
  isSystemError,
  lazy,
  syncDirectory,
  TareError,
  uniqueName,
} from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import {
  type Entry,
  encodeIndex,
  indexFromTar,
  type LayerIndex,
  tarFromIndex,
  withTarOffsets,
} from "../tree/index.ts";
import type { Folders } from "./folders.ts";
import { bootId, forgetLayer, readRecord, updateRecord } from "./layer-record.ts";
import { writePart } from "./read-index.ts";
import { removeTree } from "./remove-tree.ts";
import { openStoredLayer } from "./stored-layer.ts";
import { syncFileSystem } from "./sync.ts";
import type { LayerRecord, StoredLayer } from "./types.ts";
import { isUnsettled, settleUnpacked } from "./unpacked.ts";

/** Layers in both forms. */
export interface LayerStore {
  get(id: string): Promise<StoredLayer | undefined>;
  /**
   * Makes a tar layer from entries (sorted) in one pass. The same layer is stored once. `integrity-store` when the
   * content of an entry with a digest is another one: what it was copied from is damaged.
   */
  addEntries(
    entries: readonly Entry[],
    read: (entry: Entry) => AsyncIterable<Uint8Array>,
  ): Promise<StoredLayer>;
  /** Stores an uncompressed layer tar as it is. `integrity-digest` when it is not the expected one. */
  addTar(bytes: AsyncIterable<Uint8Array>, expected?: Digest): Promise<StoredLayer>;
  /** Takes over a directory of the store's own `tmp/`: what RUN left, described by its index. */
  addDirectory(directory: string, index: LayerIndex): Promise<StoredLayer>;
  /** Makes directory layers survive a power cut; until then they only survive the death of processes. */
  settle(layers: readonly StoredLayer[]): Promise<void>;
}

/** What the files of this module share. */
export interface LayerContext {
  readonly folders: Folders;
  readonly blobs: BlobStore;
  readonly userNamespace: boolean;
  /** The kernel's name for the time since the machine was started. */
  readonly boot: () => string;
}

export function openLayerStore(options: Omit<LayerContext, "boot">): LayerStore {
  const context: LayerContext = { ...options, boot: lazy(bootId) };
  const { folders, blobs, boot } = context;

  async function get(id: string): Promise<StoredLayer | undefined> {
    const record = await readRecord(folders, id);
    // A directory layer that was never synced is only trusted in the boot that wrote it.
    if (!record || (record.boot !== undefined && record.boot !== boot())) return undefined;
    if (hasContent(record, context)) return openStoredLayer(record, context);
    await forgetLayer(folders, id);
    return undefined;
  }

  async function add(
    record: LayerRecord,
    parts: { readonly index: LayerIndex; readonly root?: string },
  ): Promise<StoredLayer> {
    await writeLayer(record, parts, context);
    return openStoredLayer(record, context, parts.index);
  }

  return {
    get,
    async addEntries(entries, read) {
      const digests = new Map<string, Digest>();
      const known = (entry: Entry, found: Digest) => {
        if (entry.digest !== undefined && entry.digest !== found) throw notAsKnown(entry);
        digests.set(entry.path, found);
      };
      const { digest } = await blobs.put(
        tarFromIndex({ entries }, (entry) => hashing(read(entry), (found) => known(entry, found))),
      );
      const placed = withTarOffsets({ entries }).entries.map((entry) =>
        withDigest(entry, digests.get(entry.path)),
      );
      return add(tarRecord(digest, placed), { index: { entries: placed } });
    },
    async addTar(bytes, expected) {
      const { digest } = await blobs.put(bytes, expected);
      const known = await get(hexOf(digest));
      if (known && (await isReadable(known))) return known;
      const index = await indexFromTar(createReadStream(blobs.path(digest), { highWaterMark: 256 * 1024 }), {
        whiteouts: true,
      });
      refuseSparse(index);
      return add(tarRecord(digest, index.entries), { index });
    },
    addDirectory(directory, index) {
      const record: LayerRecord = {
        id: uniqueName(),
        form: "directory",
        size: sizeOf(index.entries),
        boot: boot(),
      };
      return add(record, { index, root: directory });
    },
    async settle(layers) {
      const written: string[] = [];
      const unpacked: string[] = [];
      for (const { id } of layers) {
        if ((await readRecord(folders, id))?.boot !== undefined) written.push(id);
        if (await isUnsettled(join(folders.layers, id))) unpacked.push(id);
      }
      if (written.length + unpacked.length === 0) return;
      await syncFileSystem(folders.layers);
      await Promise.all([
        ...written.map((id) => updateRecord(folders, id, ({ boot: _boot, ...rest }) => rest)),
        ...unpacked.map((id) => settleUnpacked(join(folders.layers, id))),
      ]);
    },
  };
}

/** The index of a tar layer may be missing: the tar tells it. */
function hasContent({ id, form, diffId }: LayerRecord, { folders, blobs }: LayerContext): boolean {
  if (form === "tar") return existsSync(blobs.path(diffId as Digest));
  return existsSync(join(folders.layers, id, "index")) && existsSync(join(folders.layers, id, "root"));
}

/** A layer's folder appears complete or not at all: made in `tmp/`, renamed. */
async function writeLayer(
  record: LayerRecord,
  { index, root }: { readonly index: LayerIndex; readonly root?: string },
  { folders }: LayerContext,
): Promise<void> {
  const draft = join(folders.tmp, uniqueName());
  const target = join(folders.layers, record.id);
  const durable = record.form === "tar";
  try {
    await mkdir(draft, { mode: 0o711 });
    await writePart(join(draft, "index"), encodeIndex(index), durable);
    await writePart(join(draft, "layer.json"), [Buffer.from(JSON.stringify(record))], durable);
    if (root !== undefined) await rename(root, join(draft, "root"));
    if (durable) await syncDirectory(draft);
    if (!(await renameNew(draft, target))) await refresh(draft, { target, record, folders });
    if (durable) await syncDirectory(folders.layers);
  } catch (error) {
    await removeTree(draft);
    throw diskError(error, target);
  }
}

/** False when the layer is there already. */
async function renameNew(draft: string, target: string): Promise<boolean> {
  try {
    await rename(draft, target);
    return true;
  } catch (error) {
    if (isSystemError(error, "ENOTEMPTY", "EEXIST")) return false;
    throw error;
  }
}

/** The same layer again: a new index says what the old one said, and repairs one that is damaged. */
async function refresh(
  draft: string,
  {
    target,
    record,
    folders,
  }: { readonly target: string; readonly record: LayerRecord; readonly folders: Folders },
): Promise<void> {
  await rename(join(draft, "index"), join(target, "index"));
  if (!(await readRecord(folders, record.id))) {
    // Made from what was damaged, perhaps. A step may stand on it, so it is not removed here.
    await moveIfThere(join(target, "root"), join(folders.tmp, uniqueName()));
    await rename(join(draft, "layer.json"), join(target, "layer.json"));
  }
  await syncDirectory(target);
  await removeTree(draft);
}

async function moveIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

async function isReadable(layer: StoredLayer): Promise<boolean> {
  try {
    await layer.index();
    return true;
  } catch (error) {
    if (error instanceof TareError && error.code === "integrity-store") return false;
    throw error;
  }
}

function notAsKnown({ path }: Entry): TareError {
  return new TareError("integrity-store", `${path} was copied from the store, where it is damaged`, {
    hint: "run the build again: what is damaged was removed, and is made anew",
  });
}

/** A sparse file's bytes are not in one piece, so they can not be read in place. */
function refuseSparse({ entries }: LayerIndex): void {
  const sparse = entries.find(
    (entry) => entry.kind === "file" && entry.size > 0 && entry.offset === undefined,
  );
  if (sparse)
    throw new TareError(
      "user-unsupported",
      `layer file ${sparse.path} is stored in GNU sparse form, which is not supported yet`,
      {
        hint: "rebuild the image with a builder that writes plain tar layers",
      },
    );
}

function tarRecord(diffId: Digest, entries: readonly Entry[]): LayerRecord {
  return { id: hexOf(diffId), form: "tar", diffId, size: sizeOf(entries) };
}

function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + entry.size, 0);
}

function withDigest(entry: Entry, digest: Digest | undefined): Entry {
  return digest === undefined ? entry : { ...entry, digest };
}

async function* hashing(
  bytes: AsyncIterable<Uint8Array>,
  done: (digest: Digest) => void,
): AsyncGenerator<Uint8Array> {
  const hasher = createHasher();
  for await (const chunk of bytes) {
    hasher.update(chunk);
    yield chunk;
  }
  done(hasher.digest());
}

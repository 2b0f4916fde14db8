import { existsSync, mkdirSync, renameSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import {
  type Digest,
  diskError,
  hashing,
  hexOf,
  isSystemError,
  lazy,
  syncDirectory,
  TareError,
  uniqueName,
} from "../base/index.ts";
import type { BlobInfo, BlobStore } from "../blob/index.ts";
import type { Descriptor } from "../oci/index.ts";
import { type Entry, encodeIndex, type LayerIndex, tarFromIndex, withTarOffsets } from "../tree/index.ts";
import { confirmTable } from "./confirm-table.ts";
import { estargzLayer } from "./estargz-layer.ts";
import type { Folders } from "./folders.ts";
import { indexing } from "./indexing.ts";
import { bootId, forgetLayer, readRecord, updateRecord } from "./layer-record.ts";
import { writePart } from "./read-index.ts";
import { knownRemotes, type RemoteLayer, rememberRemote } from "./remotes.ts";
import { removeTree } from "./remove-tree.ts";
import { openStoredLayer } from "./stored-layer.ts";
import { syncFileSystem } from "./sync.ts";
import type { LayerRecord, LocalLayer, StoredLayer } from "./types.ts";
import { isUnsettled, settleUnpacked } from "./unpacked.ts";
import { isUnsynced, markSynced, markUnsynced, moveUnsynced, survived } from "./unsynced.ts";

/** Layers in both forms. */
export interface LayerStore {
  get(id: string): Promise<LocalLayer | undefined>;
  /**
   * Makes a tar layer from entries (sorted) in one pass. The same layer is stored once. `integrity-store` when the
   * content of an entry with a digest is another one: what it was copied from is damaged.
   */
  addEntries(
    entries: readonly Entry[],
    read: (entry: Entry) => AsyncIterable<Uint8Array>,
    options?: AddOptions,
  ): Promise<LocalLayer>;
  /** Stores an uncompressed layer tar as it is. `integrity-digest` when it is not the expected one. */
  addTar(bytes: AsyncIterable<Uint8Array>, options?: AddTarOptions): Promise<LocalLayer>;
  /** Takes over a directory of the store's own `tmp/`: what RUN left, described by its index. */
  addDirectory(directory: string, index: LayerIndex): Promise<LocalLayer>;
  /** The same files as a layer with a table of contents; see `estargzLayer`. */
  addEstargz(layer: LocalLayer, options: { readonly level: number }): Promise<LocalLayer>;
  /** Whether the table of contents that a descriptor of a layer names is one of it; see `confirmTable`. */
  hasTable(id: string, descriptor: Descriptor): Promise<boolean>;
  /** Makes layers survive a power cut that do not yet: until then they only survive the death of processes. */
  settle(layers: readonly StoredLayer[]): Promise<void>;
  /** Bytes of a layer's compressed form, where somebody has made or seen one. */
  compressedSize(id: string): Promise<number | undefined>;
  /** Where registries have a layer in a compressed form, the newest first. */
  remotes(id: string): Promise<readonly RemoteLayer[]>;
  /** Remembers that a registry has a layer. */
  rememberRemote(id: string, remote: RemoteLayer): Promise<void>;
}

export interface AddOptions {
  /**
   * Do not wait for the disk: several layers are settled together, or a layer is made again as easily as it was made.
   * After a power cut it is read to its end before it is trusted.
   */
  readonly unsettled?: boolean;
}

export interface AddTarOptions extends AddOptions {
  readonly expected?: Digest;
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

  async function get(id: string): Promise<LocalLayer | undefined> {
    const record = await readRecord(folders, id);
    // A directory layer that was never synced is only trusted in the boot that wrote it.
    if (!record || (record.boot !== undefined && record.boot !== boot())) return undefined;
    if (hasContent(record, context) && (await survived(record, context)))
      return openStoredLayer(record, context);
    await forgetLayer(folders, id);
    return undefined;
  }

  function put(bytes: AsyncIterable<Uint8Array>, { unsettled, expected }: AddTarOptions): Promise<BlobInfo> {
    return unsettled && expected === undefined ? blobs.putUnsynced(bytes) : blobs.put(bytes, expected);
  }

  async function add(record: LayerRecord, parts: LayerParts): Promise<LocalLayer> {
    await writeLayer(record, parts, context);
    return openStoredLayer(record, context, parts.index);
  }

  const layers: LayerStore = {
    get,
    async hasTable(id, descriptor) {
      const layer = await get(id);
      return layer !== undefined && confirmTable(layer, { descriptor, blobs });
    },
    addEstargz: (layer, { level }) => estargzLayer(layer, { level, layers, context }),
    compressedSize: async (id) =>
      (await readRecord(folders, id))?.gzip?.size ??
      (await knownRemotes(join(folders.layers, id)))[0]?.descriptor.size,
    remotes: (id) => knownRemotes(join(folders.layers, id)),
    rememberRemote: (id, remote) => rememberRemote(join(folders.layers, id), remote),
    async addEntries(entries, read, options = {}) {
      // In the order of the entries, which are read one after the other, the empty ones not at all.
      const digests: Digest[] = [];
      const known = (entry: Entry, found: Digest) => {
        if (entry.digest !== undefined && entry.digest !== found) throw notAsKnown(entry);
        digests.push(entry.digest ?? found);
      };
      const tar = tarFromIndex({ entries }, (entry) => hashing(read(entry), (found) => known(entry, found)));
      const { digest } = await put(tar, options);
      let next = 0;
      const index = withTarOffsets({ entries }, (file) => (file.size > 0 ? digests[next++] : file.digest));
      return add(tarRecord(digest, index.entries), { index, ...options });
    },
    async addTar(bytes, options = {}) {
      const indexed = indexing(bytes);
      const { digest } = await put(indexed.bytes, options);
      const known = await get(hexOf(digest));
      if (known && (await isReadable(known))) return known;
      const index = await indexed.index();
      refuseSparse(index);
      return add(tarRecord(digest, index.entries), { index, ...options });
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
      const unsynced: string[] = [];
      for (const { id } of layers) {
        if (isUnsynced(join(folders.layers, id))) unsynced.push(id);
        if ((await readRecord(folders, id))?.boot !== undefined) written.push(id);
        if (await isUnsettled(join(folders.layers, id))) unpacked.push(id);
      }
      if (written.length + unpacked.length + unsynced.length === 0) return;
      await syncFileSystem(folders.layers);
      await Promise.all([
        ...written.map((id) => updateRecord(folders, id, ({ boot: _boot, ...rest }) => rest)),
        ...unpacked.map((id) => settleUnpacked(join(folders.layers, id))),
        ...unsynced.map((id) => markSynced(join(folders.layers, id))),
      ]);
    },
  };
  return layers;
}

/** The index of a tar layer may be missing: the tar tells it. */
function hasContent({ id, form, diffId }: LayerRecord, { folders, blobs }: LayerContext): boolean {
  if (form === "tar") return existsSync(blobs.path(diffId as Digest));
  return existsSync(join(folders.layers, id, "index")) && existsSync(join(folders.layers, id, "root"));
}

interface LayerParts extends AddOptions {
  readonly index: LayerIndex;
  readonly root?: string;
}

/** A layer's folder appears complete or not at all: made in `tmp/`, renamed. */
async function writeLayer(
  record: LayerRecord,
  { index, root, unsettled = false }: LayerParts,
  { folders, boot }: LayerContext,
): Promise<void> {
  const draft = join(folders.tmp, uniqueName());
  const target = join(folders.layers, record.id);
  const durable = record.form === "tar" && !unsettled;
  try {
    mkdirSync(draft, { mode: 0o711 });
    await writePart(join(draft, "index"), encodeIndex(index), durable);
    await writePart(join(draft, "layer.json"), [Buffer.from(JSON.stringify(record))], durable);
    if (root !== undefined) await rename(root, join(draft, "root"));
    if (record.form === "tar" && unsettled) markUnsynced(draft, boot());
    if (durable) await syncDirectory(draft);
    if (!renameNew(draft, target)) await refresh(draft, { target, record, folders });
    if (durable) await syncDirectory(folders.layers);
  } catch (error) {
    await removeTree(draft);
    throw diskError(error, target);
  }
}

/** False when the layer is there already. */
function renameNew(draft: string, target: string): boolean {
  try {
    renameSync(draft, target);
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
  const known = await readRecord(folders, record.id);
  // What is synced stays so: a damaged index is found when it is read.
  if (!known || !isUnsynced(draft)) await rename(join(draft, "index"), join(target, "index"));
  if (!known) {
    await moveUnsynced(draft, target);
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

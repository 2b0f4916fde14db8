import { createReadStream, readFileSync } from "node:fs";
import { mkdir, open, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createHasher,
  type Digest,
  diskError,
  hexOf,
  lazy,
  readIfExists,
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
import { openStoredLayer } from "./stored-layer.ts";
import { syncFileSystem } from "./sync.ts";
import type { LayerRecord, StoredLayer } from "./types.ts";

/** Layers in both forms. */
export interface LayerStore {
  get(id: string): Promise<StoredLayer | undefined>;
  /** Makes a tar layer from entries (sorted) in one pass. The same layer is stored once. */
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
}

export function openLayerStore(context: LayerContext): LayerStore {
  const { folders, blobs } = context;
  const boot = lazy(bootId);

  async function get(id: string): Promise<StoredLayer | undefined> {
    const record = await readRecord(context, id);
    // A directory layer that was never synced is only trusted in the boot that wrote it.
    if (!record || (record.boot !== undefined && record.boot !== boot())) return undefined;
    return openStoredLayer(record, context);
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
      const { digest } = await blobs.put(
        tarFromIndex({ entries }, (entry) => hashing(read(entry), (found) => digests.set(entry.path, found))),
      );
      const placed = withTarOffsets({ entries }).entries.map((entry) =>
        withDigest(entry, digests.get(entry.path)),
      );
      return add(tarRecord(digest, placed), { index: { entries: placed } });
    },
    async addTar(bytes, expected) {
      const { digest } = await blobs.put(bytes, expected);
      const known = await get(hexOf(digest));
      if (known) return known;
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
      const open: LayerRecord[] = [];
      for (const { id } of layers) {
        const record = await readRecord(context, id);
        if (record?.boot !== undefined) open.push(record);
      }
      if (open.length === 0) return;
      await syncFileSystem(folders.layers);
      for (const { id } of open) await updateRecord(context, id, ({ boot: _boot, ...rest }) => rest);
    },
  };
}

/** Reads a layer's record; undefined when there is none or it is damaged. */
export async function readRecord({ folders }: LayerContext, id: string): Promise<LayerRecord | undefined> {
  if (!/^[0-9a-f]+$/.test(id)) return undefined;
  const bytes = await readIfExists(join(folders.layers, id, "layer.json"));
  try {
    return bytes && (JSON.parse(bytes.toString("utf8")) as LayerRecord);
  } catch {
    return undefined;
  }
}

/** Changes what is remembered of a layer. Whoever writes last wins: all of it can be computed again. */
export async function updateRecord(
  context: LayerContext,
  id: string,
  change: (record: LayerRecord) => LayerRecord,
): Promise<void> {
  const record = await readRecord(context, id);
  if (!record) return;
  const folder = join(context.folders.layers, id);
  const draft = join(folder, `layer.json.${uniqueName()}`);
  await writeFile(draft, JSON.stringify(change(record)));
  await rename(draft, join(folder, "layer.json"));
}

/** A layer's folder appears complete or not at all: made in `tmp/`, renamed. */
async function writeLayer(
  record: LayerRecord,
  { index, root }: { readonly index: LayerIndex; readonly root?: string },
  { folders }: LayerContext,
): Promise<void> {
  const draft = join(folders.tmp, uniqueName());
  const target = join(folders.layers, record.id);
  try {
    await mkdir(draft, { mode: 0o711 });
    await writeFile(join(draft, "index"), encodeIndex(index));
    await writeFile(join(draft, "layer.json"), JSON.stringify(record));
    if (root !== undefined) await rename(root, join(draft, "root"));
    if (record.form === "tar") await syncFiles(draft);
    await rename(draft, target).catch(ignoreExisting);
    if (record.form === "tar") await syncDirectory(folders.layers);
  } catch (error) {
    throw diskError(error, target);
  }
}

async function syncFiles(draft: string): Promise<void> {
  for (const name of ["index", "layer.json"]) {
    const handle = await open(join(draft, name), "r+");
    await handle.sync();
    await handle.close();
  }
}

/** Somebody else has stored the same layer meanwhile; the draft is left for prune. */
function ignoreExisting(error: unknown): void {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
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

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

import { closeSync, createReadStream, openSync, writeFileSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isSystemError, syncDirectory, TareError, uniqueName } from "../base/index.ts";
import { decodeIndex, encodeIndex, indexFromTar, type LayerIndex } from "../tree/index.ts";
import { forgetLayer } from "./layer-record.ts";
import type { LayerContext } from "./layers.ts";
import type { LayerRecord } from "./types.ts";

const CHUNK = 256 * 1024;

/**
 * Reads a layer's index. One that is damaged is made anew from the layer's tar, if that is whole; otherwise the layer
 * counts as absent from then on: `integrity-store`.
 */
export async function readIndex(record: LayerRecord, context: LayerContext): Promise<LayerIndex> {
  const path = join(context.folders.layers, record.id, "index");
  try {
    return await decodeIndex(createReadStream(path, { highWaterMark: CHUNK }));
  } catch (error) {
    if (!isDamage(error)) throw error;
    const index = record.form === "tar" ? await fromTar(record.diffId as Digest, context) : undefined;
    if (index) await replace(path, index, context);
    else await forgetLayer(context.folders, record.id);
    if (index) return index;
    throw new TareError("integrity-store", `layer ${record.id} in the store is damaged`, {
      hint: "what is damaged counts as missing now: build again what has it, or pull it where no build makes it",
      cause: error,
    });
  }
}

function isDamage(error: unknown): boolean {
  return isSystemError(error, "ENOENT") || (error instanceof TareError && error.code === "integrity-store");
}

/** The tar is checked before anything in it is believed; undefined when it is damaged or gone. */
async function fromTar(digest: Digest, { blobs }: LayerContext): Promise<LayerIndex | undefined> {
  try {
    for await (const _ of blobs.get(digest));
  } catch (error) {
    if (error instanceof TareError) return undefined;
    throw error;
  }
  return indexFromTar(createReadStream(blobs.path(digest), { highWaterMark: CHUNK }), { whiteouts: true });
}

async function replace(path: string, index: LayerIndex, { folders }: LayerContext): Promise<void> {
  const draft = join(folders.tmp, uniqueName());
  try {
    await writePart(draft, encodeIndex(index), true);
    await rename(draft, path);
    await syncDirectory(join(path, ".."));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/**
 * Writes a file of a layer; a durable one is on the disk afterwards. Others are written at once: handing each to a thread
 * and back takes longer, and much longer while the threads decompress.
 */
export async function writePart(
  path: string,
  content: Iterable<Uint8Array>,
  durable: boolean,
): Promise<void> {
  if (!durable) return writeNow(path, content);
  const handle = await open(path, "wx", 0o644);
  try {
    for (const chunk of content) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function writeNow(path: string, content: Iterable<Uint8Array>): void {
  const fd = openSync(path, "wx", 0o644);
  try {
    for (const chunk of content) writeFileSync(fd, chunk);
  } finally {
    closeSync(fd);
  }
}

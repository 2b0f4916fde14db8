import { writeFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, isSystemError, readSmallIfExists, unlessDamaged } from "../base/index.ts";
import type { BlobStore } from "../blob/index.ts";
import { updateRecord } from "./layer-record.ts";
import type { LayerContext } from "./layers.ts";
import type { LayerRecord } from "./types.ts";

/** Names the boot in which a tar layer was written without waiting for the disk; gone once it is known to be there. */
const MARK = "unsynced";

export function markUnsynced(folder: string, boot: string): void {
  writeFileSync(join(folder, MARK), boot);
}

/** Says that a sync has come after the writing. Needs none of its own: a mark that comes back costs one reading. */
export async function markSynced(folder: string): Promise<void> {
  await rm(join(folder, MARK), { force: true });
}

/** Whether a tar layer would perhaps not survive a power cut. */
export function isUnsynced(folder: string): boolean {
  return readSmallIfExists(join(folder, MARK)) !== undefined;
}

/** Takes the mark along, if there is one. */
export async function moveUnsynced(from: string, to: string): Promise<void> {
  try {
    await rename(join(from, MARK), join(to, MARK));
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

/**
 * Whether a tar layer is what was written: true within the boot that wrote it. In another one the tar is read to its end,
 * once; what comes from the disk then is on the disk. A damaged index is found, and made anew, when it is read.
 */
export async function survived(
  { id, form, diffId }: LayerRecord,
  { folders, blobs, boot }: LayerContext,
): Promise<boolean> {
  if (form !== "tar") return true;
  const folder = join(folders.layers, id);
  const written = readSmallIfExists(join(folder, MARK));
  if (written === undefined || written.toString("utf8") === boot()) return true;
  if (!(await isWhole(diffId as Digest, blobs))) return false;
  await markSynced(folder);
  return true;
}

/** The same of its gzip form, which is made again as easily. */
export async function gzipSurvived(
  { id, gzip, gzipBoot }: LayerRecord,
  { folders, blobs, boot }: LayerContext,
): Promise<boolean> {
  if (gzip === undefined || gzipBoot === undefined || gzipBoot === boot()) return true;
  if (!(await isWhole(gzip.digest, blobs))) return false;
  // Somebody else may have found it damaged, and made it again.
  const isSame = (now: LayerRecord) => now.gzipBoot === gzipBoot && now.gzip?.digest === gzip.digest;
  await updateRecord(folders, id, (now) => {
    const { gzipBoot: _, ...unmarked } = now;
    return isSame(now) ? unmarked : now;
  });
  return true;
}

async function isWhole(digest: Digest, blobs: BlobStore): Promise<boolean> {
  const read = async () => {
    for await (const _ of blobs.get(digest));
    return true;
  };
  return (await unlessDamaged(read)) ?? false;
}

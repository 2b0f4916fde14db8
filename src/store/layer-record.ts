import { readFileSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { isDigest, isSystemError, lock, readSmallIfExists, writeFileAtomic } from "../base/index.ts";
import type { Folders } from "./folders.ts";
import { parseJson } from "./records.ts";
import type { LayerRecord } from "./types.ts";

/** Reads a layer's record; undefined when there is none or it is damaged. */
export async function readRecord({ layers }: Folders, id: string): Promise<LayerRecord | undefined> {
  if (!/^[0-9a-f]+$/.test(id)) return undefined;
  const bytes = readSmallIfExists(join(layers, id, "layer.json"));
  const value = bytes && parseJson(bytes);
  return isLayerRecord(value) && value.id === id ? value : undefined;
}

/**
 * From now on the layer is not there, because it is damaged: a build makes it anew. Its files stay until nobody uses the
 * store and `prune` removes them.
 */
export async function forgetLayer({ layers }: Folders, id: string): Promise<void> {
  const folder = join(layers, id);
  try {
    await rename(join(folder, "layer.json"), join(folder, "damaged.json"));
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

function isLayerRecord(value: unknown): value is LayerRecord {
  const { form, diffId, size } = (value ?? {}) as Partial<LayerRecord>;
  if (typeof size !== "number") return false;
  return form === "directory" || (form === "tar" && typeof diffId === "string" && isDigest(diffId));
}

/**
 * Changes what is remembered of a layer. Two that do so at once may lose one of the changes: what is
 * forgotten is computed again. Only `boot` must not come back once it is gone, so while it is there they
 * take turns; `gzipBoot` is written together with what it is about.
 */
export async function updateRecord(
  folders: Folders,
  id: string,
  change: (record: LayerRecord) => LayerRecord,
): Promise<void> {
  const seen = await readRecord(folders, id);
  if (!seen) return;
  using _turn =
    seen.boot === undefined ? undefined : await lock(join(folders.locks, `record-${id}`), "exclusive");
  const record = await readRecord(folders, id);
  if (!record) return;
  await writeFileAtomic(join(folders.layers, id, "layer.json"), JSON.stringify(change(record)), folders.tmp);
}

/** What the kernel calls the time since the machine was started. */
export function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

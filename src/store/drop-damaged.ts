import { TareError } from "../base/index.ts";
import type { StoredLayer } from "./types.ts";

/**
 * After an error that says that something in the store is damaged: reads the tars of these layers to their end, which
 * removes all that are, so that one more build makes them anew. Does nothing after any other error.
 */
export async function dropDamaged(layers: readonly StoredLayer[], error: unknown): Promise<void> {
  const isDamage =
    error instanceof TareError && (error.code === "integrity-store" || error.code === "integrity-digest");
  if (!isDamage) return;
  for (const layer of new Set(layers))
    if (layer.form === "tar" && layer.elsewhere === undefined) await readToEnd(layer).catch(() => undefined);
}

async function readToEnd(layer: StoredLayer): Promise<void> {
  for await (const _ of layer.tar());
}

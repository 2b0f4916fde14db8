import type { Digest } from "../../base/index.ts";
import type { HistoryEntry } from "../../oci/index.ts";
import { openStore } from "../../store/index.ts";
import { existingImage } from "../existing-image.ts";
import { storeFolder } from "../store-choice.ts";
import type { ImageChoice } from "./inspect.ts";

/** One step of how an image came to be. */
export interface ImageStep {
  /** The image itself on its last step; what it was before has no id. */
  readonly id?: Digest;
  /** ISO 8601. */
  readonly created?: string;
  readonly createdBy: string;
  readonly comment: string;
  /** Sum of the sizes of the files that the step added, bytes. */
  readonly size: number;
}

/**
 * How an image came to be, the last step first. Layers that the history does not tell of are steps of which nothing is
 * known. `resolve-image` when there is no such image.
 */
export async function imageHistory(options: ImageChoice): Promise<readonly ImageStep[]> {
  const store = await openStore(storeFolder(options));
  const record = await existingImage(store, options.image, options.platform);
  const { history } = await store.images.config(record);
  const sizes = await Promise.all(
    record.layers.map(async (layer) => (await store.layers.get(layer))?.size ?? 0),
  );
  const steps: ImageStep[] = [];
  let layer = 0;
  // Whoever made the image may have written anything.
  for (const entry of Array.isArray(history) ? (history as readonly (HistoryEntry | null)[]) : []) {
    const size = entry?.empty_layer === true ? 0 : (sizes[layer++] ?? 0);
    const created = isText(entry?.created) && !Number.isNaN(Date.parse(entry.created));
    steps.push({
      createdBy: isText(entry?.created_by) ? entry.created_by : "",
      comment: isText(entry?.comment) ? entry.comment : "",
      size,
      ...(created && { created: entry.created }),
    });
  }
  for (const size of sizes.slice(layer)) steps.push({ createdBy: "", comment: "", size });
  const [last, ...before] = steps.reverse();
  return last ? [{ ...last, id: record.id }, ...before] : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

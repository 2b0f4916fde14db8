import type { Digest } from "../../base/index.ts";
import type { ImageTemplate } from "../../frontend/index.ts";
import type { HistoryEntry, ImageConfig } from "../../oci/index.ts";

/** When the layers of an image were made, and what no time may exceed. */
export interface ImageTimes {
  /** Of each layer, milliseconds since 1970, bottom first. */
  readonly layers: readonly number[];
  /** What is in each of them, where whoever made it says so. */
  readonly comments: readonly string[];
  /** For an image without layers; milliseconds since 1970. */
  readonly now: number;
  /** SOURCE_DATE_EPOCH, seconds since 1970: clamps the times that this build adds. */
  readonly epoch?: number;
}

/**
 * The config of an image (OCI image-spec, config.md) as bytes: what the Dockerfile said, the diffIDs, and
 * times. A history entry without a layer has the time of the layer before it, or of the first one.
 */
export function imageConfigBytes(
  template: ImageTemplate,
  diffIds: readonly Digest[],
  times: ImageTimes,
): Uint8Array {
  const history = datedHistory(template.history, times);
  const config: ImageConfig = {
    ...(template.author !== undefined && { author: template.author }),
    ...template.platform,
    config: withoutEmpty(template.config),
    created: history.at(-1)?.created ?? iso(clamp(times.now, times.epoch)),
    history,
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  return Buffer.from(JSON.stringify(config));
}

function datedHistory(entries: readonly HistoryEntry[], times: ImageTimes): readonly HistoryEntry[] {
  const own = times.layers.map((created) => clamp(created, times.epoch));
  let latest = own[0] ?? clamp(times.now, times.epoch);
  let layer = 0;
  return withAllLayers(entries, times).map((entry) => {
    if (entry.empty_layer !== true) latest = own[layer++] ?? latest;
    return entry.created === undefined ? { created: iso(latest), ...entry } : entry;
  });
}

/** How many layers a composed base has shows only when it is composed: its one entry becomes one for each. */
function withAllLayers(
  entries: readonly HistoryEntry[],
  { layers, comments }: ImageTimes,
): readonly HistoryEntry[] {
  const more = layers.length - entries.filter(({ empty_layer: empty }) => empty !== true).length;
  const base = entries.findIndex(({ empty_layer: empty }) => empty !== true);
  const entry = entries[base];
  if (more <= 0 || !entry) return entries;
  const each = layers
    .slice(0, more + 1)
    .map((_, at) => ({ ...entry, comment: comments[at] || (entry.comment ?? "") }));
  return [...entries.slice(0, base), ...each, ...entries.slice(base + 1)];
}

function clamp(milliseconds: number, epoch: number | undefined): number {
  return epoch === undefined ? milliseconds : Math.min(milliseconds, epoch * 1000);
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Empty lists and maps are left out, as in the reference. */
function withoutEmpty<T extends object>(config: T): T {
  const kept = Object.entries(config).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(kept) as T;
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/**
 * store: the local state. Layers in both forms with their indexes, images and their names, cache records,
 * leases, prune. Atomic and durable; safe for several processes at once and for their death at any moment.
 */

export type * from "./build-records.ts";
export type { CacheMountTar, IncomingTar } from "./cache-mount-tar.ts";
export * from "./cache-mounts.ts";
export type * from "./container-types.ts";
export * from "./containers.ts";
export * from "./drop-damaged.ts";
export * from "./images.ts";
export * from "./keys.ts";
export * from "./late-layer.ts";
export * from "./layer-listing.ts";
export { isSmallLayer, type LayerParts as RemoteParts } from "./layer-table.ts";
export * from "./layers.ts";
export * from "./lease.ts";
export * from "./listed-layer.ts";
export * from "./missing-layer.ts";
export type { NameTarget, StoredName } from "./names.ts";
export * from "./prune.ts";
export type { LayerParts } from "./read-parts.ts";
export type { RemoteLayer } from "./remotes.ts";
export * from "./root.ts";
export * from "./store.ts";
export type * from "./types.ts";
export type { UsageItem } from "./usage.ts";
export * from "./volumes.ts";

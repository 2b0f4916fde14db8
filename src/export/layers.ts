import { gzip } from "../archive/index.ts";
import { type Digest, mapConcurrent, throwIfCancelled, untilCancelled } from "../base/index.ts";
import type { LayoutLayer } from "../layout/index.ts";
import { type Descriptor, MEDIA_TYPE, ociLayerType } from "../oci/index.ts";
import type { StoredLayer } from "../store/index.ts";
import type { ExportBlobs } from "./types.ts";

/**
 * The layers in the form in which they are exported, with digest and size known. An uncompressed layer
 * is later streamed from where it is, without a copy; a compressed one is put into the blob store
 * first, unless it is there. Layers that appear twice are prepared once.
 */
export async function prepareLayers(
  layers: readonly StoredLayer[],
  options: {
    readonly compression: "gzip" | "uncompressed";
    readonly compressionLevel?: number;
    readonly blobs: ExportBlobs;
    /** The forms in which layers came, by their ids: so they go again, where they are not all uncompressed. */
    readonly originals?: ReadonlyMap<string, Descriptor>;
  },
  signal: AbortSignal,
): Promise<readonly LayoutLayer[]> {
  const distinct = [...new Map(layers.map((layer) => [layer.id, layer])).values()];
  const prepared = await mapConcurrent(distinct, LAYERS_AT_ONCE, async (layer) => {
    throwIfCancelled(signal);
    const original = options.compression === "gzip" ? options.originals?.get(layer.id) : undefined;
    const plain = `sha256:${layer.id}`;
    if (original && original.digest !== plain && (await options.blobs.has(original.digest))) {
      const { mediaType, digest, size } = original;
      const form = { mediaType: ociLayerType(mediaType), digest, size };
      return [layer.id, { ...form, bytes: () => options.blobs.get(digest) }] as const;
    }
    const ready =
      options.compression === "gzip" && original?.digest !== plain
        ? compressed(layer, options, signal)
        : uncompressedLayer(layer, await layer.diffId());
    return [layer.id, await ready] as const;
  });
  const byId = new Map(prepared);
  return layers.map((layer) => byId.get(layer.id) as LayoutLayer);
}

/** Layers that are read for their digests, or compressed at a level of their own, at the same time. */
const LAYERS_AT_ONCE = 2;

async function compressed(
  layer: StoredLayer,
  { blobs, compressionLevel }: { readonly blobs: ExportBlobs; readonly compressionLevel?: number },
  signal: AbortSignal,
): Promise<LayoutLayer> {
  const { digest, size, annotations }: Pick<Descriptor, "digest" | "size" | "annotations"> =
    compressionLevel === undefined
      ? await layer.descriptor()
      : await blobs.put(gzip(untilCancelled(layer.tar(), signal), { level: compressionLevel }));
  const besides = annotations && { annotations };
  return { mediaType: MEDIA_TYPE.layerGzip, digest, size, ...besides, bytes: () => blobs.get(digest) };
}

/** A layer as it is in the store; its bytes are verified while they are read. */
export async function uncompressedLayer(layer: StoredLayer, digest: Digest): Promise<LayoutLayer> {
  return { mediaType: MEDIA_TYPE.layerTar, digest, size: await layer.tarSize(), bytes: () => layer.tar() };
}
